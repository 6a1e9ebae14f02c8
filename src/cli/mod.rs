//! The command line: one subcommand a file.

mod action;
mod args;
mod audit;
mod baseline;
mod changed;
mod check;
mod completions;
mod dist;
mod docs;
mod effects;
mod explain;
mod failure;
mod handover;
mod hook;
mod init;
mod job_summary;
mod man;
mod merge;
mod overriding;
mod parse;
mod plan;
mod project;
mod protect;
mod reap;
mod rehearse;
mod rollback;
mod run;
mod schema;
mod signals;
mod status;
mod step;
mod token;
mod trace;
mod untouched;
mod verify;
mod version;
mod wire;
mod wished;

pub use args::{Cli, Globals};
pub use docs::pages;
pub use failure::Failure;

use crate::model::ExitCode;

/// Declares the subcommands: the variant, its arguments' type, in the order of `--help`.
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident($args:ty)),+ $(,)?) => {
        /// A subcommand with its arguments.
        #[derive(Debug, clap::Subcommand)]
        pub enum Command { $($(#[$meta])* #[doc = concat!("See [`", stringify!($args), "`].")] $name($args)),+ }

        impl Command {
            /// Does it.
            async fn call(self, world: wire::World) -> Result<ExitCode, Failure> {
                match self { $(Self::$name(args) => args.call(world).await),+ }
            }
        }
    };
}

commands! {
    Init(init::Init),
    Check(check::Check),
    Plan(plan::Plan),
    Run(run::Run),
    Preflight(step::Preflight),
    Gates(step::Gates),
    Build(step::Build),
    Package(step::Package),
    Scan(step::Scan),
    Changelog(step::Changelog),
    Release(step::Release),
    Publish(step::Publish),
    Verify(verify::Verify),
    Notify(step::Notify),
    Merge(merge::Merge),
    Rehearse(rehearse::Rehearse),
    Rollback(rollback::Rollback),
    Status(status::Status),
    Protect(protect::Protect),
    Audit(audit::Audit),
    Hook(hook::Hook),
    Version(version::Version),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
    Action(action::Action),
    #[command(hide = true)]
    Docs(docs::Docs),
    #[command(hide = true)]
    Reap(reap::Reap),
}

/// The whole program.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let code = match parse::parse() {
        Ok(Some(cli)) => start(cli),
        Ok(None) => ExitCode::Done,
        Err(code) => code,
    };
    std::process::ExitCode::from(code.number())
}

fn start(cli: Cli) -> ExitCode {
    let world = match wire::World::new(cli.globals) {
        Ok(world) => world,
        Err(failure) => return failure.tell(None),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let problem = crate::model::Problem::new("the runtime cannot be started").caused_by(&error);
            return Failure::new(ExitCode::Bug, problem).tell(Some(&world));
        }
    };
    trace::listen(&world);
    let teller = world.clone();
    match runtime.block_on(cli.command.call(world)) {
        Ok(code) => code,
        Err(failure) => failure.tell(Some(&teller)),
    }
}
