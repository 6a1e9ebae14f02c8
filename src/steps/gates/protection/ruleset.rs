//! Rulesets: several count at once, and the strictest of them wins, so one more never loosens anything.

use serde_json::{Value, json};

use super::decide::Demand;
use crate::model::Problem;

/// The kind of rule that demands checks.
const CHECKS: &str = "required_status_checks";

/// The default branch, whatever its name.
const DEFAULT: &str = "~DEFAULT_BRANCH";

/// Its name.
#[must_use]
pub fn name(rules: &Value) -> &str {
    rules["name"].as_str().unwrap_or_default()
}

/// Whether it is the one that we make: of this repository, for branches, under the check's name.
#[must_use]
pub fn is_ours(rules: &Value, context: &str) -> bool {
    name(rules) == context && rules["target"] == "branch" && rules["source_type"] != "Organization"
}

fn texts<'a>(rules: &'a Value, list: &str) -> impl Iterator<Item = &'a str> {
    rules["conditions"]["ref_name"][list].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a pattern surely means the branch. One with wildcards may, which is not enough to rely on.
fn means(pattern: &str, branch: &str, default_branch: &str) -> bool {
    match pattern {
        "~ALL" => true,
        DEFAULT => branch == default_branch,
        _ => pattern.strip_prefix("refs/heads/").unwrap_or(pattern) == branch,
    }
}

/// Whether a pattern may mean the branch.
fn may_mean(pattern: &str, branch: &str, default_branch: &str) -> bool {
    means(pattern, branch, default_branch) || pattern.contains(['*', '?', '[', '\\'])
}

fn includes(rules: &Value, branch: &str, default_branch: &str) -> bool {
    texts(rules, "include").any(|pattern| means(pattern, branch, default_branch))
}

fn excludes(rules: &Value, branch: &str, default_branch: &str) -> bool {
    texts(rules, "exclude").any(|pattern| may_mean(pattern, branch, default_branch))
}

/// Whether it surely counts for the branch.
#[must_use]
pub fn covers(rules: &Value, branch: &str, default_branch: &str) -> bool {
    rules["enforcement"] == "active"
        && rules["target"] == "branch"
        && includes(rules, branch, default_branch)
        && !excludes(rules, branch, default_branch)
}

/// Whether it demands this check, from the app that is asked for.
#[must_use]
pub fn demands(rules: &Value, demand: &Demand) -> bool {
    let all = rules["rules"].as_array().into_iter().flatten().filter(|rule| rule["type"] == CHECKS);
    all.flat_map(|rule| rule["parameters"][CHECKS].as_array().into_iter().flatten())
        .any(|check| demand.is_met_by(&check["context"], check["integration_id"].as_u64()))
}

fn check(demand: &Demand) -> Value {
    match demand.app {
        Some(app) => json!({ "context": demand.context, "integration_id": app }),
        None => json!({ "context": demand.context }),
    }
}

fn rule(demand: &Demand) -> Value {
    json!({ "type": CHECKS, "parameters": {
        "strict_required_status_checks_policy": false, CHECKS: [check(demand)] } })
}

fn pattern(demand: &Demand, default_branch: &str) -> String {
    if demand.branch == default_branch { DEFAULT.to_owned() } else { format!("refs/heads/{}", demand.branch) }
}

/// A new one.
#[must_use]
pub fn new(demand: &Demand, default_branch: &str) -> Value {
    json!({
        "name": demand.context,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": { "ref_name": { "include": [pattern(demand, default_branch)], "exclude": [] } },
        "rules": [rule(demand)],
    })
}

/// Its number, and what is written of it before and with the check.
///
/// # Errors
///
/// If it leaves the branch out on purpose, or does not show who may pass it by.
pub fn with_check(
    rules: &Value,
    demand: &Demand,
    default_branch: &str,
) -> Result<(u64, Value, Value), Problem> {
    let Some(id) = rules["id"].as_u64() else {
        return Err(Problem::new(format!("the ruleset `{}` has no number", name(rules))));
    };
    if excludes(rules, &demand.branch, default_branch) {
        return Err(Problem::new(format!("the ruleset `{}` leaves {} out", name(rules), demand.branch))
            .fix("take the branch out of what it excludes, or give the ruleset another name"));
    }
    if rules["bypass_actors"].is_null() {
        return Err(Problem::new(format!("the ruleset `{}` cannot be seen whole", name(rules)))
            .because("who may pass it by is shown to administrators alone, and must not be lost"));
    }
    let mut before = json!({});
    for field in ["name", "target", "enforcement", "bypass_actors", "conditions", "rules"] {
        before[field] = rules[field].clone();
    }
    let mut body = before.clone();
    body["enforcement"] = json!("active");
    if !includes(rules, &demand.branch, default_branch) {
        push(&mut body["conditions"]["ref_name"]["include"], json!(pattern(demand, default_branch)));
        if body["conditions"]["ref_name"]["exclude"].is_null() {
            body["conditions"]["ref_name"]["exclude"] = json!([]);
        }
    }
    if !demands(rules, demand) {
        demand_in(&mut body["rules"], demand, name(rules))?;
    }
    Ok((id, before, body))
}

/// Puts the check among the rules: in place of itself from any app, else beside the others.
fn demand_in(rules: &mut Value, demand: &Demand, name: &str) -> Result<(), Problem> {
    let all = rules.as_array_mut();
    let Some(rule) = all.and_then(|all| all.iter_mut().find(|rule| rule["type"] == CHECKS)) else {
        push(rules, rule(demand));
        return Ok(());
    };
    let checks = &mut rule["parameters"][CHECKS];
    let mut listed = checks.as_array_mut().into_iter().flatten();
    match listed.find(|one| one["context"] == *demand.context) {
        Some(one) => {
            demand.may_replace(one["integration_id"].as_u64(), &format!("the ruleset `{name}`"))?;
            *one = check(demand);
        }
        None => push(checks, check(demand)),
    }
    Ok(())
}

/// Adds to a list, which there may not be yet.
fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(all) => all.push(item),
        other => *other = json!([item]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::decide::Way;
    use super::*;

    fn demand(branch: &str) -> Demand {
        Demand { branch: branch.into(), context: "gate".into(), app: Some(1), way: Way::Ruleset }
    }

    #[test]
    fn only_what_surely_counts_is_relied_on() {
        let with = |include: &str, exclude: &[&str], enforcement: &str| {
            json!({ "target": "branch", "enforcement": enforcement,
                "conditions": { "ref_name": { "include": [include], "exclude": exclude } } })
        };
        for (rules, branch, covered) in [
            (with("~DEFAULT_BRANCH", &[], "active"), "main", true),
            (with("~DEFAULT_BRANCH", &[], "active"), "next", false),
            (with("refs/heads/next", &[], "active"), "next", true),
            (with("~ALL", &[], "active"), "next", true),
            (with("~ALL", &["refs/heads/n*"], "active"), "next", false),
            (with("refs/heads/*", &[], "active"), "next", false),
            (with("~ALL", &[], "evaluate"), "main", false),
            (with("~ALL", &[], "disabled"), "main", false),
        ] {
            assert_eq!(covers(&rules, branch, "main"), covered, "{rules} {branch}");
        }
    }

    #[test]
    fn one_of_ours_keeps_all_it_has() {
        let mut rules = new(&demand("main"), "main");
        rules["id"] = json!(7);
        rules["enforcement"] = json!("evaluate");
        rules["bypass_actors"] =
            json!([{ "actor_id": 5, "actor_type": "Team", "bypass_mode": "pull_request" }]);
        rules["rules"] = json!([{ "type": "deletion" }, { "type": CHECKS, "parameters": {
            "strict_required_status_checks_policy": true, CHECKS: [{ "context": "ci" }] } }]);
        let (id, before, body) = with_check(&rules, &demand("next"), "main").unwrap();
        assert_eq!((id, &body["bypass_actors"]), (7, &before["bypass_actors"]));
        assert_eq!(body["enforcement"], "active");
        assert_eq!(body["conditions"]["ref_name"]["include"], json!(["~DEFAULT_BRANCH", "refs/heads/next"]));
        assert_eq!(
            body["rules"],
            json!([{ "type": "deletion" }, { "type": CHECKS, "parameters": {
                "strict_required_status_checks_policy": true,
                CHECKS: [{ "context": "ci" }, { "context": "gate", "integration_id": 1 }] } }])
        );
        rules["rules"][1]["parameters"][CHECKS] = json!([{ "context": "gate" }]);
        let (_, _, body) = with_check(&rules, &demand("next"), "main").unwrap();
        let tightened = json!([{ "context": "gate", "integration_id": 1 }]);
        assert_eq!(body["rules"][1]["parameters"][CHECKS], tightened);
        rules["bypass_actors"] = Value::Null;
        assert!(with_check(&rules, &demand("next"), "main").is_err());
        rules["bypass_actors"] = json!([]);
        rules["conditions"]["ref_name"]["exclude"] = json!(["refs/heads/next"]);
        assert!(with_check(&rules, &demand("next"), "main").unwrap_err().what.contains("leaves next out"));
    }
}
