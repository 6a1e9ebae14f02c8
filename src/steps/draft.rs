//! How a room draws a task: its key, its needs, its promises.

use std::sync::Arc;

use serde::Serialize;

use super::room::{Check, Job, Maker, Planned, Scene, Target};
use crate::model::{Expected, KeyBuilder, Kind, Need, Rank, Step, Task, TaskId, Use};

/// Builds a [`Planned`] piece by piece.
pub struct Draft {
    task: Task,
    key: KeyBuilder,
    /// What only this machine can tell, with its name; part of the key, and of no other machine's.
    own: Vec<(String, String)>,
}

impl Draft {
    /// Begins the task `step/room` or, with a part, `step/room/part`.
    #[must_use]
    pub fn new(step: Step, room: &str, part: &str, title: impl Into<String>) -> Self {
        let id = if part.is_empty() { format!("{step}/{room}") } else { format!("{step}/{room}/{part}") };
        let key = KeyBuilder::new(&format!("{step}/{room}")).with("part", part);
        let task = Task {
            id: TaskId(id),
            step,
            room: room.into(),
            kind: Kind::Check,
            title: title.into(),
            key: crate::model::Digest::of(&[]),
            shared: None,
            needs: Vec::new(),
            makes: Vec::new(),
            soft: false,
            keeps: false,
            native: false,
            tells: false,
            overrides: false,
        };
        Self { task, key, own: Vec::new() }
    }

    /// Lets a value decide the key: settings, a tool's version, the source tree.
    #[must_use]
    pub fn keyed(mut self, name: &str, value: &impl Serialize) -> Self {
        // Settings are plain data with text keys; what could not be written keeps its own name in the key.
        let text = serde_json::to_string(value).unwrap_or_else(|error| format!("unwritable: {error}"));
        self.key = self.key.with(name, &text);
        self
    }

    /// Lets a value decide the key that another machine, which hands on its outcome, cannot know or share.
    #[must_use]
    pub fn keyed_here(mut self, name: &str, value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).unwrap_or_else(|error| format!("unwritable: {error}"));
        self.own.push((name.to_owned(), text));
        self
    }

    /// Adds a need; its key decides ours.
    #[must_use]
    pub fn needs(mut self, task: &TaskId, what: Use, scene: &Scene) -> Self {
        if what != Use::Order {
            let key =
                scene.before.iter().find(|planned| &planned.task.id == task).map(|planned| planned.task.key);
            let text = key.map(|key| key.to_string()).unwrap_or_default();
            self.key = self.key.with(&format!("need {task}"), &text);
        }
        self.needs_inner(task, what)
    }

    /// Adds a need on a task of the same room, whose key is given.
    #[must_use]
    pub fn needs_own(mut self, other: &Planned, what: Use) -> Self {
        if what != Use::Order {
            self.key = self.key.with(&format!("need {}", other.task.id), &other.task.key.to_string());
        }
        self.needs_inner(&other.task.id.clone(), what)
    }

    fn needs_inner(mut self, task: &TaskId, what: Use) -> Self {
        self.task.needs.push(Need { task: task.clone(), what });
        self
    }

    /// Adds what it promises to make.
    #[must_use]
    pub fn makes(mut self, expected: Expected) -> Self {
        self.task.makes.push(expected);
        self
    }

    /// A failure is told but stops nothing.
    #[must_use]
    pub fn soft(mut self) -> Self {
        self.task.soft = true;
        self
    }

    /// An earlier outcome under the same key holds, on any machine.
    #[must_use]
    pub fn keeps(mut self) -> Self {
        self.task.keeps = true;
        self
    }

    /// Whether only a machine of the platform can do it.
    #[must_use]
    pub fn native(mut self, native: bool) -> Self {
        self.task.native = native;
        self
    }

    /// It tells what the tasks that it needs came to, however they ended; nothing else holds it up.
    #[must_use]
    pub fn tells(mut self) -> Self {
        self.task.tells = true;
        self
    }

    /// It decides whether gates that failed are overridden, once all of them are over.
    #[must_use]
    pub fn overrides(mut self) -> Self {
        self.task.overrides = true;
        self.tells()
    }

    /// The finished check.
    #[must_use]
    pub fn check(self, check: impl Check + 'static) -> Planned {
        self.end(Kind::Check, Job::Check(Arc::new(check)))
    }

    /// The finished maker; its outcome is kept.
    #[must_use]
    pub fn maker(self, maker: impl Maker + 'static) -> Planned {
        self.keeps().end(Kind::Maker, Job::Maker(Arc::new(maker)))
    }

    /// The finished target.
    #[must_use]
    pub fn target(self, rank: Rank, target: impl Target + 'static) -> Planned {
        self.end(Kind::Target { rank }, Job::Target(Arc::new(target)))
    }

    fn end(mut self, kind: Kind, job: Job) -> Planned {
        self.task.kind = kind;
        let shared = self.key.finish();
        self.task.key = shared;
        if !self.own.is_empty() {
            let key = KeyBuilder::new("here").with("shared", &shared.to_string());
            self.task.key = self.own.iter().fold(key, |key, (name, value)| key.with(name, value)).finish();
            self.task.shared = Some(shared);
        }
        Planned { task: self.task, job }
    }
}
