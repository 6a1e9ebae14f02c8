//! Parses the command line, calls, and gives the exit code.

fn main() -> std::process::ExitCode {
    release_action::cli::main()
}
