//! All sources into one configuration.

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::diagnostic::{ConfigErrors, Fault};
use super::fill::{fill, section, unknown};
use super::known::Known;
use super::layers::{self, Setting};
use super::project::{Member, ProjectSettings};
use super::raw;
use super::section::{RoomShape, Shape, StepShape, Switch};
use super::tree::{Entry, Kind, Mark, Node, Origin};
use super::words::called;
use crate::model::Step;

/// Where a configuration may lie, relative to the repository's root.
pub const FILES: [&str; 4] = [".release.yaml", ".release.yml", ".config/release.yaml", ".config/release.yml"];

/// The one configuration among those of [`FILES`] that are there.
///
/// # Errors
///
/// If there are several: which one is meant cannot be known.
pub fn choose(present: &[Utf8PathBuf]) -> Result<Option<Utf8PathBuf>, ConfigErrors> {
    match present {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            let fault = Fault::new(format!("there are several configurations: {}", names.join(" and ")))
                .help("keep one of them, or name one with --config");
            Err(ConfigErrors::of(vec![fault], None))
        }
    }
}

/// Everything that a configuration is made of, as the caller read it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file, with its path for messages and its bytes.
    pub file: Option<(Utf8PathBuf, Vec<u8>)>,
    /// The environment.
    pub env: Vec<(String, String)>,
    /// The Action's inputs that are settings: path, the input's name, value.
    pub inputs: Vec<(String, String, String)>,
    /// The values of `--set`.
    pub sets: Vec<String>,
}

/// The configuration, every default filled in.
pub struct Config {
    shapes: Vec<StepShape>,
    known: Known,
    file: Option<(Utf8PathBuf, String)>,
    pub(super) tree: Node,
    pub(super) filled: Filled,
}

/// The settings that follow from a tree.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) project: ProjectSettings,
    pub(super) projects: Vec<ProjectSettings>,
    pub(super) steps: Vec<FilledStep>,
}

/// A step's section.
pub(super) struct FilledStep {
    pub(super) step: Step,
    pub(super) own: Value,
    pub(super) rooms: Vec<(&'static str, Switch, Value)>,
}

impl Config {
    /// Joins all sources. Flags win over inputs, these over the environment, this over the file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once.
    pub fn load(sources: Sources, shapes: &[StepShape]) -> Result<Self, ConfigErrors> {
        let known = Known::of(shapes);
        let mut faults = Vec::new();
        let (file, tree) = match sources.file {
            None => (None, Node::empty(Mark::outside(Origin::Default))),
            Some((path, bytes)) => {
                let (text, tree) = raw::read(&bytes);
                let tree = tree.unwrap_or_else(|found| {
                    faults.extend(found);
                    Node::empty(Mark::outside(Origin::Default))
                });
                (Some((path, text)), tree)
            }
        };
        // What follows from a file that cannot be read would only mislead.
        let unread = !faults.is_empty();
        let mut config = Self { shapes: shapes.to_vec(), known, file, tree, filled: Filled::default() };
        config.straighten(&mut faults);
        let mut settings = layers::from_env(&sources.env, &config.known, &mut faults);
        settings.extend(layers::from_inputs(&sources.inputs, &config.known, &mut faults));
        settings.extend(layers::from_sets(&sources.sets, &config.known, &mut faults));
        for setting in settings {
            if let Err(fault) = layers::put(&mut config.tree, setting, &config.known) {
                faults.push(fault);
            }
        }
        if !unread {
            config.filled = config.resolve(&mut faults);
        }
        if faults.is_empty() { Ok(config) } else { Err(config.errors(faults)) }
    }

    /// Adds what was seen in the project; whatever anybody wrote wins over it.
    ///
    /// # Errors
    ///
    /// If there is no such setting, or the value does not fit it; then nothing is changed.
    pub fn detected(&mut self, path: &str, value: &Value, why: &str) -> Result<(), ConfigErrors> {
        let mark = Mark::outside(Origin::Detected(why.to_owned()));
        let path = match self.known.find(&layers::path_of(path), false) {
            Ok(path) => path,
            Err(nowhere) => {
                return Err(self.errors(vec![unknown(&nowhere.part, mark, &nowhere.under, &self.known)]));
            }
        };
        let before = self.tree.clone();
        let setting = Setting { path, value: Node::of(value, &mark) };
        let mut faults: Vec<Fault> =
            layers::put_below(&mut self.tree, setting, &self.known).err().into_iter().collect();
        let filled = self.resolve(&mut faults);
        if faults.is_empty() {
            self.filled = filled;
            return Ok(());
        }
        self.tree = before;
        Err(self.errors(faults))
    }

    /// A step's own settings, which stand beside its rooms.
    #[must_use]
    pub fn step(&self, step: Step) -> Value {
        let found = self.filled.steps.iter().find(|filled| filled.step == step);
        found.map_or_else(|| Value::Object(Map::new()), |filled| filled.own.clone())
    }

    /// A room's switch and settings. A room that no shape named is off.
    #[must_use]
    pub fn room(&self, step: Step, id: &str) -> (Switch, Value) {
        let steps = self.filled.steps.iter().filter(|filled| filled.step == step);
        let room = steps.flat_map(|filled| &filled.rooms).find(|room| room.0 == id);
        room.map_or_else(
            || (Switch::Off, Value::Object(Map::new())),
            |(_, switch, value)| (*switch, value.clone()),
        )
    }

    /// The one project.
    #[must_use]
    pub fn project(&self) -> ProjectSettings {
        self.filled.project.clone()
    }

    /// The projects of a monorepo; none where there is one project.
    #[must_use]
    pub fn projects(&self) -> &[ProjectSettings] {
        &self.filled.projects
    }

    /// The file that was read.
    #[must_use]
    pub fn file(&self) -> Option<&Utf8PathBuf> {
        self.file.as_ref().map(|(path, _)| path)
    }

    fn errors(&self, faults: Vec<Fault>) -> ConfigErrors {
        ConfigErrors::of(faults, self.file.as_ref().map(|(path, text)| (path, text.as_str())))
    }

    /// Gives every section its long form, so that layers can be laid over it.
    fn straighten(&mut self, faults: &mut Vec<Fault>) {
        match section(&self.tree, &[], faults) {
            Some(_) => {}
            None => self.tree = Node::empty(self.tree.mark.clone()),
        }
        for shape in &self.shapes {
            for room in &shape.rooms {
                let path = [shape.step.name().to_owned(), room.id.to_owned()];
                let Some(node) = self.tree.at_mut(&path) else { continue };
                if is_text_switch(node) {
                    let mark = node.mark.clone();
                    let entry = Entry { key: "enabled".into(), mark: mark.clone(), value: node.clone() };
                    *node = Node { kind: Kind::Map(vec![entry]), mark };
                }
            }
        }
    }

    fn resolve(&self, faults: &mut Vec<Fault>) -> Filled {
        for entry in self.tree.entries() {
            let is_step = self.shapes.iter().any(|shape| shape.step.name() == entry.key);
            if !is_step && !["version", "project", "projects"].contains(&entry.key.as_str()) {
                faults.push(unknown(&entry.key, entry.mark.clone(), &[], &self.known));
            }
        }
        self.version(faults);
        let (project, projects) = self.resolve_projects(faults);
        let steps = self.shapes.iter().map(|shape| self.resolve_step(shape, faults)).collect();
        Filled { project, projects, steps }
    }

    fn version(&self, faults: &mut Vec<Fault>) {
        let Some(entry) = self.tree.entry("version") else { return };
        let one = matches!(&entry.value.kind, Kind::Number { value, .. } if value.as_u64() == Some(1));
        if !one && entry.value.kind != Kind::Null {
            let what = format!("`version` must be 1, but is {}", called(&entry.value));
            let help =
                "this is the version of the configuration's format, not of your project; write `version: 1`";
            faults.push(Fault::new(what).at(entry.value.mark.clone()).help(help));
        }
    }

    fn resolve_projects(&self, faults: &mut Vec<Fault>) -> (ProjectSettings, Vec<ProjectSettings>) {
        let known = &self.known;
        let path = ["project".to_owned()];
        let node = self.tree.child("project").and_then(|node| section(node, &path, faults));
        let project = fill(&Shape::of::<ProjectSettings>(), node, &path, known, faults);
        let list = self.tree.child("projects").filter(|node| node.kind != Kind::Null);
        let members = list.map(|node| {
            let before = faults.len();
            let filled =
                fill(&Shape::of::<Vec<Member>>(), Some(node), &["projects".to_owned()], known, faults);
            let members: Vec<Member> = serde_json::from_value(filled).unwrap_or_default();
            // A member that was left out would shift the others against the list.
            if faults.len() == before {
                twice(node, &members, faults);
            }
            if members.is_empty() && faults.len() == before {
                faults.push(
                    Fault::new("`projects` names no project")
                        .at(node.mark.clone())
                        .help("name each by its folder (`- dir: tools/x`), or leave `projects` out"),
                );
            }
            members
        });
        if let (Some(list), Some(entry)) = (list, self.tree.entry("project"))
            && node.is_some()
        {
            let fault = Fault::new("`project` and `projects` can't stand together").at(entry.mark.clone());
            faults.push(
                fault
                    .also(list.mark.clone(), "projects")
                    .help("keep `projects` for a monorepo, else `project`"),
            );
        }
        // Filled by the same type, so it fits; where faults were found nothing of this is used.
        let project = serde_json::from_value(project).unwrap_or_default();
        (project, members.unwrap_or_default().into_iter().map(ProjectSettings::from).collect())
    }

    fn resolve_step(&self, shape: &StepShape, faults: &mut Vec<Fault>) -> FilledStep {
        let name = shape.step.name().to_owned();
        let path = [name.clone()];
        let node = self.tree.child(&name).and_then(|node| section(node, &path, faults));
        let own = node.map(|node| {
            let mut own = node.clone();
            for room in &shape.rooms {
                own.remove(&[room.id.to_owned()]);
            }
            own
        });
        let own = fill(&shape.shape, own.as_ref(), &path, &self.known, faults);
        let rooms = shape.rooms.iter().map(|room| {
            let path = [name.clone(), room.id.to_owned()];
            let found = node.and_then(|node| node.child(room.id));
            let (switch, value) = self.resolve_room(room, found, &path, faults);
            (room.id, switch, value)
        });
        FilledStep { step: shape.step, own, rooms: rooms.collect() }
    }

    fn resolve_room(
        &self,
        room: &RoomShape,
        node: Option<&Node>,
        path: &[String],
        faults: &mut Vec<Fault>,
    ) -> (Switch, Value) {
        let node = node.and_then(|node| section(node, path, faults));
        let is_asked = |node: &Node| room.asked_by.iter().any(|key| node.child(key).is_some());
        let unsaid = if node.is_some_and(is_asked) { Switch::On } else { Switch::Auto };
        let switch = node.and_then(|node| node.child("enabled")).map_or(unsaid, |node| {
            Switch::read(&node.value()).unwrap_or_else(|| {
                let what = format!(
                    "`{}.enabled` must be auto, true or false, but is {}",
                    path.join("."),
                    called(node)
                );
                faults.push(
                    Fault::new(what)
                        .at(node.mark.clone())
                        .help("auto: where the project has what the room needs"),
                );
                Switch::Auto
            })
        });
        let own = node.map(|node| {
            let mut own = node.clone();
            own.remove(&["enabled".to_owned()]);
            own
        });
        (switch, fill(&room.shape, own.as_ref(), path, &self.known, faults))
    }
}

fn is_text_switch(node: &Node) -> bool {
    // Any other word is a switch that is misspelt, and told as one.
    layers::is_switch(node) || matches!(node.kind, Kind::Text(_))
}

fn twice(list: &Node, members: &[Member], faults: &mut Vec<Fault>) {
    for (index, member) in members.iter().enumerate() {
        let Some(first) = members.iter().take(index).position(|other| other.dir == member.dir) else {
            continue;
        };
        let mark = |index: usize| list.child(&index.to_string()).map(|node| node.mark.clone());
        let mut fault = Fault::new(format!("two projects have the folder `{}`", member.dir.as_path()));
        fault.mark = mark(index);
        fault.also = mark(first).map(|mark| Box::new((mark, "the first")));
        faults.push(fault);
    }
}
