//! Licences: SPDX expressions against lists of what is allowed and what is not, and the licence of a text.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use spdx::detection::scan::Scanner;
use spdx::detection::{LicenseType, Store, TextData};
use spdx::{Expression, LicenseReq, Licensee, ParseMode};

/// How alike a text must be to a licence to be that one; askalono's own measure.
const ALIKE: f32 = 0.9;

/// How an expression is read: old forms are taken, but nobody guesses which licence `BSD` or `GPL` stands for.
const MODE: ParseMode = ParseMode { allow_imprecise_license_names: false, ..ParseMode::LAX };

/// What is allowed.
#[derive(Debug, Clone)]
pub struct Policy {
    allow: Vec<Licensee>,
    deny: Vec<Licensee>,
}

/// What becomes of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It can be met by what is allowed.
    Allowed,
    /// It cannot, because of these licences.
    Refused(Vec<String>),
    /// It is no SPDX expression, and why.
    Unknown(String),
}

impl Policy {
    /// A policy from licences in SPDX's names. An empty `allow` allows all that is not denied.
    ///
    /// # Errors
    ///
    /// The first name that is none.
    pub fn new(allow: &[String], deny: &[String]) -> Result<Self, String> {
        let read = |names: &[String]| {
            let one = |name: &String| Licensee::parse(name).map_err(|_| name.clone()); // Only the name helps a person.
            names.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { allow: read(allow)?, deny: read(deny)? })
    }

    /// Judges an expression: of `OR` one side is enough, of `AND` both are needed (SPDX 3.0, annex D); `/` is an
    /// old form of `OR`.
    #[must_use]
    pub fn judge(&self, expression: &str) -> Judged {
        // Words of SPDX for "nobody looked" and "there is none" (SPDX 2.3, 7.13): no list can allow them.
        let silent = |word: &str| ["NOASSERTION", "NONE"].contains(&word.trim_matches(['(', ')']));
        if expression.split_whitespace().any(silent) {
            return Judged::Unknown("it asserts nothing".into());
        }
        let expression = match Expression::parse_mode(expression, MODE) {
            Ok(expression) => expression,
            Err(error) => return Judged::Unknown(error.reason.to_string()),
        };
        let satisfied = |by: &[Licensee], wanted: &LicenseReq| by.iter().any(|one| one.satisfies(wanted));
        let allowed = |wanted: &LicenseReq| {
            (self.allow.is_empty() || satisfied(&self.allow, wanted)) && !satisfied(&self.deny, wanted)
        };
        match expression.evaluate_with_failures(allowed) {
            Ok(()) => Judged::Allowed,
            Err(failed) => {
                let names: BTreeSet<String> = failed.iter().map(|one| one.req.to_string()).collect();
                Judged::Refused(names.into_iter().collect())
            }
        }
    }
}

/// The licence that a text is, in SPDX's name; none where it is no licence that is known.
#[must_use]
pub fn of_text(text: &str) -> Option<String> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    // The texts are part of this program; one that could not be read would know none, and that is told as unknown.
    let store = STORE.get_or_init(|| Store::load_inline().ok()).as_ref()?;
    let text = TextData::new(text);
    let scanner = Scanner::new(store).confidence_threshold(ALIKE);
    let found = scanner.scan(&text).license?;
    // A header of a source file is no licence of a whole.
    (found.kind != LicenseType::Header).then(|| found.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: &[&str], deny: &[&str]) -> Policy {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        Policy::new(&owned(allow), &owned(deny)).unwrap()
    }

    #[test]
    fn expressions_are_met_or_not() {
        let policy = policy(&["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"], &[]);
        for (expression, met) in [
            ("MIT", true),
            ("MIT OR GPL-2.0-only", true),
            ("MIT AND GPL-2.0-only", false),
            ("MIT/Apache-2.0", true),
            ("(MIT OR BSD-3-Clause) AND Apache-2.0", true),
            ("BSD-3-Clause", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-2.0-or-later", false),
        ] {
            assert_eq!(
                policy.judge(expression) == Judged::Allowed,
                met,
                "{expression}: {:?}",
                policy.judge(expression)
            );
        }
        assert_eq!(
            policy.judge("ISC AND MIT AND (ISC OR BSD-3-Clause)"),
            Judged::Refused(vec!["BSD-3-Clause".into(), "ISC".into()])
        );
        let open = self::policy(&[], &["AGPL-3.0-only"]);
        for unknown in [
            "",
            "UNLICENSED",
            "SEE LICENSE IN x",
            "NOASSERTION",
            "MIT AND NONE",
            "Custom",
            "BSD",
            "GPL",
            "Apache",
            "Apache 2",
            "MIT OR BSD",
        ] {
            assert!(matches!(policy.judge(unknown), Judged::Unknown(_)), "{unknown}");
            assert!(matches!(open.judge(unknown), Judged::Unknown(_)), "{unknown}");
        }
    }

    #[test]
    fn denied_ones_are_refused_whatever_is_allowed() {
        let policy = policy(&[], &["AGPL-3.0-only", "GPL-2.0-only"]);
        assert_eq!(policy.judge("Zlib"), Judged::Allowed);
        assert_eq!(policy.judge("Zlib AND AGPL-3.0-only"), Judged::Refused(vec!["AGPL-3.0-only".into()]));
        assert_eq!(policy.judge("Zlib OR AGPL-3.0-only"), Judged::Allowed);
        assert_eq!(Policy::new(&["Mitt".into()], &[]).unwrap_err(), "Mitt");
    }

    #[test]
    fn knows_a_licence_by_its_text() {
        let own = include_str!("../../LICENSE-MIT");
        assert_eq!(of_text(own).as_deref(), Some("MIT"));
        assert_eq!(of_text("All rights reserved. Nobody may use this.").as_deref(), None);
        assert_eq!(of_text("").as_deref(), None);
    }
}
