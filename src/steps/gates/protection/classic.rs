//! Classic branch protection: what is read is richer than what is written, and what is written takes the
//! place of all of it.

use serde_json::{Map, Value, json};

use super::decide::Demand;
use crate::model::Problem;

/// Switches, which are read as `{"enabled": …}` and written as a truth value.
const SWITCHES: [&str; 7] = [
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
];

/// Whatever else is shown: addresses, what is written by other calls, and what is merged below.
const OTHERS: [&str; 9] = [
    "url",
    "name",
    "enabled",
    "protection_url",
    "required_signatures",
    "enforce_admins",
    "required_status_checks",
    "required_pull_request_reviews",
    "restrictions",
];

/// Of reviews, what is read and written alike.
const REVIEWS: [&str; 4] = [
    "dismiss_stale_reviews",
    "require_code_owner_reviews",
    "require_last_push_approval",
    "required_approving_review_count",
];

/// Who is named in reviews.
const NAMED: [&str; 2] = ["dismissal_restrictions", "bypass_pull_request_allowances"];

/// Whether checks are demanded at all.
#[must_use]
pub fn has_checks(there: &Value) -> bool {
    there["required_status_checks"].is_object()
}

/// Whether this check is demanded, from the app that is asked for.
#[must_use]
pub fn demands(there: &Value, demand: &Demand) -> bool {
    let all = checks(there);
    all["checks"].as_array().is_some_and(|all| {
        all.iter().any(|check| demand.is_met_by(&check["context"], check["app_id"].as_u64()))
    })
}

/// A required check as it is written; -1 is any app, while nothing would let the forge choose one.
fn check(context: &Value, app: Option<u64>) -> Value {
    json!({ "context": context, "app_id": app.map_or(json!(-1), |id| json!(id)) })
}

/// The required checks as they are, in the form of what is written.
fn checks(there: &Value) -> Value {
    let kept = &there["required_status_checks"];
    let checks: Vec<Value> = match kept["checks"].as_array() {
        Some(all) => all.iter().map(|one| check(&one["context"], one["app_id"].as_u64())).collect(),
        None => kept["contexts"].as_array().into_iter().flatten().map(|name| check(name, None)).collect(),
    };
    json!({ "strict": kept["strict"].as_bool().unwrap_or(false), "checks": checks })
}

/// The required checks before and with this one.
///
/// # Errors
///
/// If it is demanded from another app.
pub fn with_check(there: &Value, demand: &Demand) -> Result<(Value, Value), Problem> {
    let before = checks(there);
    let mut body = before.clone();
    if let Some(all) = body["checks"].as_array_mut() {
        let same = all.iter_mut().find(|one| one["context"] == *demand.context);
        match same {
            Some(one) => {
                demand.may_replace(one["app_id"].as_u64(), "the branch protection")?;
                *one = check(&json!(demand.context), demand.app);
            }
            None => all.push(check(&json!(demand.context), demand.app)),
        }
    }
    Ok((before, body))
}

/// The whole protection before and with this check.
///
/// # Errors
///
/// If it holds what is not known here: that would be lost.
pub fn whole(there: Option<&Value>, demand: &Demand) -> Result<(Value, Value), Problem> {
    let none = Value::Null;
    let there = there.unwrap_or(&none);
    known(there)?;
    let mut before = Map::from_iter([
        ("required_status_checks".to_owned(), if has_checks(there) { checks(there) } else { Value::Null }),
        ("enforce_admins".to_owned(), json!(there["enforce_admins"]["enabled"].as_bool())),
        ("required_pull_request_reviews".to_owned(), reviews(&there["required_pull_request_reviews"])),
        ("restrictions".to_owned(), names(&there["restrictions"])),
    ]);
    for name in SWITCHES {
        if let Some(on) = there[name]["enabled"].as_bool() {
            before.insert(name.to_owned(), json!(on));
        }
    }
    let mut body = before.clone();
    body.insert("required_status_checks".to_owned(), with_check(there, demand)?.1);
    Ok((Value::Object(before), Value::Object(body)))
}

/// Refuses what would be lost.
fn known(there: &Value) -> Result<(), Problem> {
    let strange = |value: &Value, known: &[&[&str]], within: &str| {
        let names = value.as_object().into_iter().flat_map(Map::keys);
        let found = names.filter(|name| !known.iter().any(|list| list.contains(&name.as_str())));
        found.map(|name| format!("{within}{name}")).collect::<Vec<_>>()
    };
    let mut all = strange(there, &[&SWITCHES, &OTHERS], "");
    let reviews = &there["required_pull_request_reviews"];
    all.extend(strange(reviews, &[&REVIEWS, &NAMED, &["url"]], "required_pull_request_reviews."));
    if all.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!("the branch protection has what is not known here: {}", all.join(", ")))
        .because("it is written as a whole, so that would be lost")
        .fix("use a ruleset, which adds to it: `--with ruleset`"))
}

/// Reviews as they are written.
fn reviews(there: &Value) -> Value {
    let Value::Object(there) = there else { return Value::Null };
    let mut written = Map::new();
    for name in REVIEWS {
        if let Some(value) = there.get(name).filter(|value| !value.is_null()) {
            written.insert(name.to_owned(), value.clone());
        }
    }
    for name in NAMED {
        if let Some(value) = there.get(name).filter(|value| value.is_object()) {
            written.insert(name.to_owned(), names(value));
        }
    }
    Value::Object(written)
}

/// People by login, teams and apps by slug.
fn names(there: &Value) -> Value {
    if !there.is_object() {
        return Value::Null;
    }
    let each = |list: &str, key: &str| -> Vec<Value> {
        there[list].as_array().into_iter().flatten().map(|one| one[key].clone()).collect()
    };
    json!({ "users": each("users", "login"), "teams": each("teams", "slug"), "apps": each("apps", "slug") })
}

#[cfg(test)]
mod tests {
    use super::super::decide::Way;
    use super::*;

    fn demand() -> Demand {
        Demand { branch: "main".into(), context: "gate".into(), app: None, way: Way::BranchProtection }
    }

    #[test]
    fn everything_that_is_there_is_written_again() {
        let there = json!({
            "url": "x", "required_signatures": { "url": "x", "enabled": true },
            "enforce_admins": { "url": "x", "enabled": true },
            "required_linear_history": { "enabled": true }, "allow_force_pushes": { "enabled": false },
            "lock_branch": { "enabled": false },
            "required_pull_request_reviews": {
                "url": "x", "dismiss_stale_reviews": true, "require_code_owner_reviews": true,
                "require_last_push_approval": true, "required_approving_review_count": 2,
                "dismissal_restrictions": { "url": "x", "users": [{ "login": "ada" }], "teams": [{ "slug": "core" }], "apps": [] },
                "bypass_pull_request_allowances": { "users": [], "teams": [], "apps": [{ "slug": "bot" }] },
            },
            "restrictions": { "url": "x", "users": [{ "login": "ada" }], "teams": [], "apps": [{ "slug": "bot" }] },
        });
        let (before, body) = whole(Some(&there), &demand()).unwrap();
        assert_eq!(before["required_status_checks"], Value::Null);
        assert_eq!(
            body,
            json!({
                "required_status_checks": { "strict": false, "checks": [{ "context": "gate", "app_id": -1 }] },
                "enforce_admins": true, "required_linear_history": true, "allow_force_pushes": false,
                "lock_branch": false,
                "required_pull_request_reviews": {
                    "dismiss_stale_reviews": true, "require_code_owner_reviews": true,
                    "require_last_push_approval": true, "required_approving_review_count": 2,
                    "dismissal_restrictions": { "users": ["ada"], "teams": ["core"], "apps": [] },
                    "bypass_pull_request_allowances": { "users": [], "teams": [], "apps": ["bot"] },
                },
                "restrictions": { "users": ["ada"], "teams": [], "apps": ["bot"] },
            })
        );
    }

    #[test]
    fn what_is_not_known_is_not_lost() {
        for there in [
            json!({ "required_rain": { "enabled": true } }),
            json!({ "required_pull_request_reviews": { "required_reviewers": [] } }),
        ] {
            let refused = whole(Some(&there), &demand()).unwrap_err();
            assert!(refused.fix.unwrap().contains("--with ruleset"));
        }
        assert_eq!(whole(None, &demand()).unwrap().0["restrictions"], Value::Null);
    }
}
