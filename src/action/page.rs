//! The reference page of the Action, from the two tables.

use super::inputs::INPUTS;
use super::outputs::{IN_FILE, OUTPUTS};

/// The page; `generated` is the line that says so.
#[must_use]
pub fn page(generated: &str) -> String {
    let mut text = format!("# The Action\n\n{generated}\n{INTRODUCTION}\n## Inputs\n\n");
    text.push_str("| input | default | takes | the same as | what it is |\n|---|---|---|---|---|\n");
    for input in INPUTS {
        let default = input.default.map(|text| format!("`{text}`")).unwrap_or_default();
        let (takes, maps) = (input.takes.words(), input.maps.words());
        text.push_str(&format!(
            "| `{}` | {default} | {takes} | {maps} | {} |\n",
            input.name,
            cell(input.about)
        ));
    }
    text.push_str(ABOUT_INPUTS);
    text.push_str("\n## Outputs\n\n| output | what it is | may be in a file |\n|---|---|---|\n");
    for output in OUTPUTS {
        let file = if output.file.is_some() { "yes" } else { "" };
        text.push_str(&format!("| `{}` | {} | {file} |\n", output.name, cell(output.about)));
    }
    text.push_str(&ABOUT_OUTPUTS.replace("{file}", IN_FILE));
    text.push_str(REFUSALS);
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

const INTRODUCTION: &str = "`uses: org/release-action@v1` runs `release-action action` in a container, on Linux \
runners. It reads its inputs from the variables that the runner sets, and does what the command line does: no \
step behaves differently because a workflow asks for it, but for what stands under *Pull requests* and *Gates*.\n";

const ABOUT_INPUTS: &str = "
An input that is empty is not given. A value that is wrong ends the step with exit code 2 and names its input, or the setting that it stands for; an \
input that does not exist is a warning with the nearest name. Inputs stand above the environment and the \
configuration file, and below flags; `set` stands above the other inputs, and in it the later line wins. \
`release-action check --resolved` names the input that set a value.

`working-directory` and `config` must lie in the workspace. `token` is never shown, never a flag, and never given to a child.

### Pull requests

Nothing is written for a pull request, whoever it is from and whatever its token may do: no release, no asset, no \
tag. The events `pull_request`, `pull_request_target`, `pull_request_review`, `merge_group` and their like count, \
and a `workflow_run` that a pull request began. `step: run` runs the gates only, and says so; with \
`snapshot: true` it also builds and packages. `release`, `publish`, `verify`, `notify` and `rollback` (but for its `dry-run`) are refused. \
`plan` and `rehearse` do what they always do, since nothing comes of them.

### Gates

`step: gates` needs no tag: where HEAD has none, the commit is judged as a snapshot.
";

const ABOUT_OUTPUTS: &str = "
Outputs are set at the end of the step, also of one that fails or is cancelled, as far as they are known by then; \
what is not known is not set. Paths are relative to the workspace, so that they mean the same in the container \
and in later steps. `release-id` and `release-url` are those of the forge, and not set by a rehearsal.

GitHub takes 1 MiB of outputs a job, measured in UTF-16. Where all outputs together come near that, the largest \
ones go to `dist/report/outputs/` and their value says `{file}PATH`. An output that holds a secret is left out, \
with a warning: the runner would drop it too.

Where the runner offers `$GITHUB_ARTIFACTS`, the published files are named there once the release is public.
";

const REFUSALS: &str = "
## What is refused, and the line to add

| exit code | what is said | what to add |
|---|---|---|
| 10 | this checkout is shallow | `fetch-depth: 0` and `fetch-tags: true` under `with:` of actions/checkout |
| 10 | the event is of the tag …, and the checkout has no such tag | the same; leave `ref` as it is |
| 10 | there is no version tag at HEAD | begin the workflow with a tag, or give `tag` or `version` |
| 10 | HEAD is detached at …, on no branch | `ref: ${{ github.ref }}` under `with:` of actions/checkout |
| 10 | files differ from the commit | commit or ignore what earlier steps of the job wrote; the files are named |
| 10 | the token may read … but not write it | `permissions: { contents: write }` in the job |
| 2 | `step: …` is not done for a pull request | `if: github.event_name != 'pull_request'` in the job, with the event that there is: `pull_request_target`, `merge_group`; for `workflow_run` it is `if: ${{ !startsWith(github.event.workflow_run.event, 'pull_request') }}` |
| 2 | the input `…` is `…` | a value that it takes |
| 2 | the input `…` means nothing with `step: …` | take it out |

The other [exit codes](exit-codes.md) are those of the command line.
";
