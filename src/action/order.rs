//! Inputs and context into one command: what is done, and what must not be done here.

use crate::model::{ExitCode, Problem, Step};

use super::checks::{Checkout, Named, check, is_version};
use super::context::{Context, Ref};
use super::event::Pull;
use super::given::Given;

/// The command that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// The release or a part of it.
    Run {
        /// The first step.
        from: Option<Step>,
        /// Only these steps.
        only: Vec<Step>,
        /// Not these steps.
        skip: Vec<Step>,
        /// Only these platforms.
        targets: Vec<String>,
    },
    /// What would be done.
    Plan,
    /// The release against the embedded forge.
    Rehearse {
        /// Not these steps.
        skip: Vec<Step>,
    },
    /// Taking back.
    Rollback {
        /// Do it, not only say it.
        yes: bool,
    },
    /// Joining what a matrix built.
    Merge,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The command.
    pub call: Call,
    /// Nothing leaves this machine.
    pub snapshot: bool,
    /// The tag that is named.
    pub tag: Option<String>,
    /// The version that is named.
    pub version: Option<String>,
    /// How many tasks run at once.
    pub jobs: Option<u16>,
    /// The settings among the inputs: path, input, value.
    pub settings: Vec<(String, String, String)>,
    /// What a person should know.
    pub notices: Vec<Problem>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The exit code.
    pub code: ExitCode,
    /// What is wrong.
    pub problem: Box<Problem>,
}

impl Refusal {
    fn usage(problem: Problem) -> Self {
        Self { code: ExitCode::Usage, problem: Box::new(problem) }
    }
}

/// Decides.
///
/// # Errors
///
/// What the inputs or the context forbid, with the line to add.
pub fn decide(given: &Given, context: &Context, checkout: &Checkout) -> Result<Order, Refusal> {
    let step = given.text("step").unwrap_or("run");
    fits(given, step)?;
    let call = call(given, step);
    let own = |name: &str| given.text(name).map(str::to_owned);
    let mut order = Order {
        call,
        snapshot: given.is_on("snapshot"),
        tag: own("tag"),
        version: own("version"),
        jobs: given.count("jobs"),
        settings: given.settings(step == "build"),
        notices: Vec::new(),
    };
    if let Some(pull) = &context.pull {
        hold_back(&mut order, pull, &context.event, step)?;
    }
    // Gates ask whether a commit is good; they need no version to say so.
    let unnamed = order.tag.is_none() && order.version.is_none();
    let of_a_version = match &context.of {
        Ref::Tag(tag) => is_version(tag),
        _ => checkout.has_version_tag(),
    };
    if step == "gates" && unnamed && !of_a_version {
        order.snapshot = true;
    }
    if !order.snapshot && !matches!(order.call, Call::Rollback { .. }) {
        let named = Named {
            tag: order.tag.as_deref(),
            version: order.version.as_deref(),
            guesses: matches!(order.call, Call::Plan | Call::Rehearse { .. }),
        };
        check(context, checkout, named).map_err(|problem| Refusal {
            code: ExitCode::Step(Step::Preflight),
            problem: Box::new(problem),
        })?;
        order.notices.extend(reads_only(context, &order.call));
    }
    Ok(order)
}

/// Inputs that mean nothing with this step would be passed over in silence.
fn fits(given: &Given, step: &str) -> Result<(), Refusal> {
    let only_with = |input: &str, steps: &[&str]| {
        if given.text(input).is_none() || steps.contains(&step) {
            return Ok(());
        }
        let with: Vec<String> = steps.iter().map(|step| format!("`step: {step}`")).collect();
        Err(Refusal::usage(
            Problem::new(format!("the input `{input}` means nothing with `step: {step}`"))
                .fix(format!("take it out, or use {}", with.join(" or "))),
        ))
    };
    only_with("from", &["run"])?;
    only_with("only", &["run"])?;
    only_with("skip", &["run", "rehearse"])
}

fn call(given: &Given, step: &str) -> Call {
    let dry = given.is_on("dry-run");
    match step {
        // Nobody is there to be asked; `dry-run: true` only tells.
        "rollback" => Call::Rollback { yes: !dry },
        _ if dry => Call::Plan,
        "plan" => Call::Plan,
        "rehearse" => Call::Rehearse { skip: given.steps("skip") },
        "merge" => Call::Merge,
        step => {
            let one: Option<Step> = step.parse().ok();
            let targets = if one == Some(Step::Build) { given.list("targets") } else { Vec::new() };
            Call::Run {
                from: given.steps("from").first().copied(),
                only: one.map_or_else(|| given.steps("only"), |step| vec![step]),
                skip: given.steps("skip"),
                targets,
            }
        }
    }
}

/// The steps that a pull request never runs: they are about what is public.
const PUBLIC: [Step; 4] = [Step::Release, Step::Publish, Step::Verify, Step::Notify];

/// A pull request releases nothing, whoever it is from and whatever its token may do.
fn hold_back(order: &mut Order, pull: &Pull, event: &str, step: &str) -> Result<(), Refusal> {
    let refused = || {
        Refusal::usage(
            Problem::new(format!("`step: {step}` is not done for a pull request"))
                .because(format!(
                    "this is the {}: its commits are on no branch of this repository yet",
                    pull.words()
                ))
                .fix(format!("give the job the line `if: {}`, or use `step: gates`", unless(event))),
        )
    };
    match &mut order.call {
        Call::Plan | Call::Rehearse { .. } | Call::Rollback { yes: false } => return Ok(()),
        Call::Rollback { yes: true } => return Err(refused()),
        Call::Merge => {}
        Call::Run { only, .. } if only.iter().any(|step| PUBLIC.contains(step)) => return Err(refused()),
        Call::Run { from, only, .. } if only.is_empty() && !order.snapshot => {
            *from = None;
            *only = vec![Step::Gates];
            order.notices.push(
                Problem::new(format!("only the gates run: this is the {}", pull.words()))
                    .because("a pull request never writes: no release, no asset, no tag")
                    .fix("`step: gates` says so in the workflow; `snapshot: true` also builds and packages"),
            );
        }
        Call::Run { .. } => {}
    }
    order.snapshot = true;
    // A name would be that of a release, as where a workflow gives `github.ref_name` for every event.
    (order.tag, order.version) = (None, None);
    Ok(())
}

/// The condition of a job that such an event does not begin. What follows another workflow's run is held back only
/// where a pull request began that one.
fn unless(event: &str) -> String {
    match event {
        "workflow_run" => "${{ !startsWith(github.event.workflow_run.event, 'pull_request') }}".to_owned(),
        event => format!("github.event_name != '{event}'"),
    }
}

/// A release with a token that certainly cannot write is told before it fails.
fn reads_only(context: &Context, call: &Call) -> Option<Problem> {
    let why = context.rights.read_only.as_ref()?;
    matches!(call, Call::Run { .. }).then(|| {
        Problem::new("the token of this run can only read")
            .because(why.clone())
            .fix("begin the release with the push of a tag by a person")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::samples::{given, pull, push};

    fn tagged() -> Checkout {
        Checkout {
            head: "0123456789abcdef".into(),
            on_a_branch: true,
            tags: vec!["v1.0.0".into()],
            at_head: vec!["v1.0.0".into()],
            ..Checkout::default()
        }
    }

    fn run(only: &[Step]) -> Call {
        Call::Run { from: None, only: only.to_vec(), skip: Vec::new(), targets: Vec::new() }
    }

    fn decided(inputs: &[(&str, &str)], context: &Context) -> Result<Order, Refusal> {
        decide(&given(inputs), context, &tagged())
    }

    #[test]
    fn nothing_given_is_the_whole_release() {
        let order = decided(&[], &push("tag", "v1.0.0")).unwrap();
        assert_eq!((order.call, order.snapshot, order.notices), (run(&[]), false, Vec::new()));
    }

    #[test]
    fn each_step_is_its_command() {
        let context = push("tag", "v1.0.0");
        let call = |inputs: &[(&str, &str)]| decided(inputs, &context).unwrap().call;
        assert_eq!(call(&[("step", "plan")]), Call::Plan);
        assert_eq!(call(&[("step", "publish")]), run(&[Step::Publish]));
        assert_eq!(call(&[("dry-run", "true")]), Call::Plan);
        assert_eq!(call(&[("step", "rollback")]), Call::Rollback { yes: true });
        assert_eq!(call(&[("step", "rollback"), ("dry-run", "true")]), Call::Rollback { yes: false });
        assert_eq!(
            call(&[("step", "rehearse"), ("skip", "gates")]),
            Call::Rehearse { skip: vec![Step::Gates] }
        );
        let build = decided(&[("step", "build"), ("targets", "linux/amd64")], &context).unwrap();
        assert_eq!(build.settings, [], "the plan stays whole");
        let Call::Run { targets, only, .. } = build.call else { panic!("no run") };
        assert_eq!((targets, only), (vec!["linux/amd64".to_owned()], vec![Step::Build]));
        let whole = decided(&[("targets", "linux/amd64")], &context).unwrap();
        assert_eq!(whole.settings.len(), 1, "what is built at all");
    }

    #[test]
    fn an_input_that_means_nothing_is_refused() {
        let refused = decided(&[("step", "gates"), ("only", "build")], &push("tag", "v1.0.0")).unwrap_err();
        assert_eq!(refused.code, ExitCode::Usage);
        assert!(refused.problem.what.contains("`only` means nothing with `step: gates`"));
    }

    #[test]
    fn a_pull_request_never_writes() {
        for context in [pull("acme/greeter"), pull("eve/greeter")] {
            let order = decided(&[], &context).unwrap();
            assert_eq!((order.call, order.snapshot), (run(&[Step::Gates]), true));
            assert!(order.notices[0].what.contains("only the gates run"));
            for step in Step::ALL {
                match decided(&[("step", step.name())], &context) {
                    Ok(order) => assert!(order.snapshot && !PUBLIC.contains(&step), "{step}"),
                    Err(refused) => {
                        assert!(PUBLIC.contains(&step), "{step}");
                        assert_eq!(refused.code, ExitCode::Usage);
                        assert!(
                            refused.problem.fix.unwrap().contains("if: github.event_name != 'pull_request'")
                        );
                    }
                }
            }
            let named = decided(&[("tag", "7/merge"), ("step", "gates")], &context).unwrap();
            assert_eq!(named.tag, None);
            assert!(decided(&[("only", "build,release")], &context).is_err());
            assert!(decided(&[("step", "rollback")], &context).is_err());
            let snapshot = decided(&[("snapshot", "true")], &context).unwrap();
            assert_eq!((snapshot.call, snapshot.snapshot), (run(&[]), true));
            assert!(decided(&[("step", "merge")], &context).unwrap().snapshot);
        }
    }

    #[test]
    fn the_line_to_add_fits_the_event() {
        let of = |event: &str| {
            let context = Context { event: event.into(), ..pull("eve/greeter") };
            decided(&[("step", "release")], &context).unwrap_err().problem.fix.unwrap()
        };
        for event in ["pull_request", "pull_request_target", "pull_request_review", "merge_group"] {
            let line = format!("`if: github.event_name != '{event}'`");
            assert!(of(event).contains(&line), "{}", of(event));
        }
        let line = "`if: ${{ !startsWith(github.event.workflow_run.event, 'pull_request') }}`";
        assert!(of("workflow_run").contains(line), "{}", of("workflow_run"));
    }

    #[test]
    fn gates_need_no_tag() {
        let untagged = Checkout { tags: Vec::new(), at_head: Vec::new(), ..tagged() };
        let order = decide(&given(&[("step", "gates")]), &push("branch", "main"), &untagged).unwrap();
        assert!(order.snapshot);
        let refused = decide(&given(&[]), &push("branch", "main"), &untagged).unwrap_err();
        assert_eq!(refused.code, ExitCode::Step(Step::Preflight));
        assert!(!decided(&[("step", "gates")], &push("tag", "v1.0.0")).unwrap().snapshot);
        // A tag of something else, at a release or not, is none.
        for checkout in [tagged(), untagged] {
            let order = decide(&given(&[("step", "gates")]), &push("tag", "nightly"), &checkout).unwrap();
            assert!(order.snapshot);
        }
    }
}
