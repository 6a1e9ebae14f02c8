//! Which change makes a branch demand a check, from what it demands now: pure.

use serde_json::Value;

use super::{classic, ruleset};
use crate::model::Problem;
use crate::ports::rules::Protection;

/// By what a branch is to demand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// By branch protection where that demands checks already, else by a ruleset.
    #[default]
    Auto,
    /// By a ruleset of our own, which adds to whatever else there is.
    Ruleset,
    /// By classic branch protection.
    BranchProtection,
}

/// What is to be demanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The branch.
    pub branch: String,
    /// The check's name.
    pub context: String,
    /// The number of the app that the check must come from; `None` for any.
    pub app: Option<u64>,
    /// By what.
    pub way: Way,
}

impl Demand {
    /// Whether a check that is demanded, from this app or from any, is what is asked for.
    #[must_use]
    pub fn is_met_by(&self, context: &Value, app: Option<u64>) -> bool {
        *context == *self.context && (self.app.is_none() || self.app == app)
    }

    /// Refuses to put another app in the place of one that was chosen.
    ///
    /// # Errors
    ///
    /// If the check is demanded from an app.
    pub fn may_replace(&self, app: Option<u64>, place: &str) -> Result<(), Problem> {
        let Some(app) = app else { return Ok(()) };
        Err(Problem::new(format!("{place} demands `{}` from the app {app}", self.context))
            .because("somebody chose that app, and a check from another one would not be enough")
            .fix(format!("ask for that one (`--app {app}`), or take the check out there")))
    }
}

/// What there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// The default branch.
    pub default_branch: String,
    /// Classic protection of the branch.
    pub protection: Protection,
    /// Every ruleset.
    pub rulesets: Vec<Value>,
}

/// A write.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new ruleset.
    CreateRuleset(Value),
    /// A ruleset of ours, changed.
    UpdateRuleset {
        /// Its number.
        id: u64,
        /// As it is, in the form of what is written.
        before: Value,
        /// As it is to be.
        body: Value,
    },
    /// The required checks of a protection that has some.
    RequireChecks {
        /// As they are, in the form of what is written.
        before: Value,
        /// As they are to be.
        body: Value,
    },
    /// The whole protection.
    Protect {
        /// As it is, in the form of what is written.
        before: Value,
        /// As it is to be.
        body: Value,
    },
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is demanded already, by this.
    Demanded(String),
    /// This is to be written.
    Write(Change),
}

/// Decides.
///
/// # Errors
///
/// If what is there cannot be changed without a risk to it.
pub fn decide(demand: &Demand, now: &Now) -> Result<Decision, Problem> {
    let covering = |rules: &&Value| ruleset::covers(rules, &demand.branch, &now.default_branch);
    let demanding = now.rulesets.iter().filter(covering).find(|rules| ruleset::demands(rules, demand));
    if let Some(rules) = demanding {
        return Ok(Decision::Demanded(format!("the ruleset `{}`", ruleset::name(rules))));
    }
    let classic = match &now.protection {
        Protection::There(there) => Some(there),
        Protection::Open | Protection::Hidden { .. } => None,
    };
    if classic.is_some_and(|there| classic::demands(there, demand)) {
        return Ok(Decision::Demanded("the branch protection".into()));
    }
    let change = match (demand.way, classic) {
        (Way::Auto | Way::BranchProtection, Some(there)) if classic::has_checks(there) => {
            let (before, body) = classic::with_check(there, demand)?;
            Change::RequireChecks { before, body }
        }
        (Way::BranchProtection, there) => {
            if let Protection::Hidden { why } = &now.protection {
                return Err(Problem::new(format!("the protection of {} cannot be seen", demand.branch))
                    .because(why.clone())
                    .because("it is written as a whole, and nothing is written over what cannot be read"));
            }
            let (before, body) = classic::whole(there, demand)?;
            Change::Protect { before, body }
        }
        (Way::Auto | Way::Ruleset, _) => {
            let ours = now.rulesets.iter().find(|rules| ruleset::is_ours(rules, &demand.context));
            match ours {
                None => Change::CreateRuleset(ruleset::new(demand, &now.default_branch)),
                Some(rules) => {
                    let (id, before, body) = ruleset::with_check(rules, demand, &now.default_branch)?;
                    Change::UpdateRuleset { id, before, body }
                }
            }
        }
    };
    Ok(Decision::Write(change))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(super) fn demand(way: Way) -> Demand {
        Demand { branch: "main".into(), context: "release-gate".into(), app: Some(15368), way }
    }

    fn now(protection: Protection, rulesets: Vec<Value>) -> Now {
        Now { default_branch: "main".into(), protection, rulesets }
    }

    fn with_checks(names: &[&str]) -> Protection {
        let checks: Vec<Value> =
            names.iter().map(|name| json!({ "context": name, "app_id": null })).collect();
        Protection::There(json!({ "enforce_admins": { "enabled": true },
            "required_status_checks": { "strict": true, "contexts": names, "checks": checks } }))
    }

    #[test]
    fn a_ruleset_is_made_where_nothing_demands_checks() {
        for protection in
            [Protection::Open, Protection::Hidden { why: "x".into() }, Protection::There(json!({}))]
        {
            let decision = decide(&demand(Way::Auto), &now(protection, Vec::new())).unwrap();
            assert!(matches!(decision, Decision::Write(Change::CreateRuleset(_))), "{decision:?}");
        }
        let hidden = now(Protection::Hidden { why: "Not Found (HTTP 404)".into() }, Vec::new());
        assert!(decide(&demand(Way::BranchProtection), &hidden).unwrap_err().to_string().contains("404"));
    }

    #[test]
    fn what_demands_it_already_is_left_alone() {
        let any = Demand { app: None, ..demand(Way::Ruleset) };
        let demanded = decide(&any, &now(with_checks(&["ci", "release-gate"]), Vec::new()));
        assert_eq!(demanded.unwrap(), Decision::Demanded("the branch protection".into()));
        let made = ruleset::new(&demand(Way::Auto), "main");
        let demanded = decide(&demand(Way::Auto), &now(Protection::Open, vec![made]));
        assert_eq!(demanded.unwrap(), Decision::Demanded("the ruleset `release-gate`".into()));
    }

    #[test]
    fn a_check_that_anybody_may_send_is_not_one_of_an_app() {
        let from_any = now(with_checks(&["release-gate"]), Vec::new());
        let decision = decide(&demand(Way::Auto), &from_any).unwrap();
        let Decision::Write(Change::RequireChecks { body, .. }) = decision else { panic!("{decision:?}") };
        assert_eq!(body["checks"], json!([{ "context": "release-gate", "app_id": 15368 }]));
        let other = Demand { app: Some(7), ..demand(Way::Auto) };
        let theirs = now(Protection::Open, vec![ruleset::new(&other, "main")]);
        assert!(matches!(decide(&other, &theirs).unwrap(), Decision::Demanded(_)));
        let mut ours = ruleset::new(&other, "main");
        ours["id"] = json!(1);
        let refused = decide(&demand(Way::Auto), &now(Protection::Open, vec![ours])).unwrap_err();
        assert!(refused.fix.unwrap().contains("--app 7"));
        let mut foreign = ruleset::new(&Demand { app: None, ..other }, "main");
        foreign["name"] = json!("house rules");
        let decision = decide(&demand(Way::Auto), &now(Protection::Open, vec![foreign])).unwrap();
        assert!(matches!(decision, Decision::Write(Change::CreateRuleset(_))), "{decision:?}");
    }

    #[test]
    fn checks_that_are_demanded_stay_demanded_from_whomever() {
        let decision = decide(&demand(Way::Auto), &now(with_checks(&["ci"]), Vec::new())).unwrap();
        let Decision::Write(Change::RequireChecks { body, .. }) = decision else { panic!("{decision:?}") };
        assert_eq!(
            body,
            json!({ "strict": true, "checks": [
                { "context": "ci", "app_id": -1 }, { "context": "release-gate", "app_id": 15368 }] })
        );
    }
}
