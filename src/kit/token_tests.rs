use super::*;

fn leaks(bytes: &[u8]) -> Vec<(&'static str, u64)> {
    let mut all = Vec::new();
    let count =
        Seeker::new().unwrap().seek(&mut &bytes[..], &mut |leak| all.push((leak.kind, leak.at))).unwrap();
    assert_eq!(count, bytes.len() as u64);
    all
}

/// Put together here, so that no scanner takes this file for one that holds tokens. The first is the one that GitHub
/// showed when it told how they are made.
fn tokens() -> Vec<(&'static str, String)> {
    let random = "Zk3Wq9XtLb7Rm2Vc8Np5Yd4Hs6Jf1GaTuEoQiPxMv0BwKzCrDnSlAhFgJkUyIe";
    let take = |count: usize| random[..count].to_owned();
    vec![
        ("github-token", ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()),
        ("github-fine-grained-token", format!("{}_{}_{}", "github_pat", take(22), take(59))),
        ("npm-token", format!("{}_{}", "npm", take(36))),
        ("aws-access-key", ["AK", "IA", "Q3ZXT5MWRLB7NPVC"].concat()),
        ("slack-token", format!("{}-{}-{}-{}", "xoxb", "123456789012", "210987654321", take(24))),
        ("slack-webhook", format!("hooks.slack.com/{}/T0AB1CD2E/B0AB1CD2E/{}", "services", take(24))),
        ("google-api-key", format!("{}{}", "AIza", take(35))),
        ("gitlab-token", format!("{}-{}", "glpat", take(20))),
        ("stripe-key", format!("{}_{}", "sk_live", take(24))),
        ("pypi-token", format!("{}-{}{}", "pypi", "AgEIcHlwaS5vcmc", take(60))),
        ("docker-token", format!("{}_{}", "dckr_pat", take(27))),
        ("sendgrid-key", format!("{}.{}.{}", "SG", take(22), take(43))),
        ("age-key", format!("{}-{}1{}", "AGE-SECRET", "KEY-", random[..58].to_uppercase())),
        ("private-key", key("RSA PRIVATE KEY", "\n")),
        ("private-key", key("PRIVATE KEY", "\\n")),
        ("private-key", key("OPENSSH PRIVATE KEY", "\r\n")),
        ("private-key", key("PGP PRIVATE KEY BLOCK", "\n").replacen("-----\n", "-----\nVersion: 1\n\n", 1)),
    ]
}

fn key(label: &str, end: &str) -> String {
    let line = "MIIEpAIBAAKCAQEAq3Zk3Wq9XtLb7Rm2Vc8Np5Yd4Hs6Jf1GaTuEoQiPxMv0BwKz";
    format!("-----BEGIN {label}-----{end}{line}{end}{line}{end}-----END {label}-----{end}")
}

#[test]
fn every_form_is_found_wherever_it_stands() {
    for (kind, token) in tokens() {
        for (before, after) in [("", ""), ("x = \"", "\"\n"), ("\0\0", "\0"), ("TOKEN=", " ")] {
            let text = format!("{before}{token}{after}");
            assert_eq!(leaks(text.as_bytes()), [(kind, before.len() as u64)], "{text}");
        }
        // Over every border of a block.
        for at in [BLOCK - 1, BLOCK, BLOCK + LONGEST - 1, BLOCK + LONGEST, BLOCK + 5, 2 * BLOCK - 3] {
            let mut bytes = vec![b' '; at];
            bytes.extend_from_slice(token.as_bytes());
            bytes.extend_from_slice(&[b' '; 3 * LONGEST]);
            assert_eq!(leaks(&bytes), [(kind, at as u64)], "{kind} at {at}");
        }
    }
}

#[test]
fn a_key_of_one_line_may_end_in_any_character() {
    let line = "MC4CAQAwBQYDK2VwBCIEIq3Zk3Wq9XtLb7Rm2Vc8Np5Yd4Hs6Jf1GaTuEoQiPxM";
    assert_eq!(line.len(), 63);
    for last in ["A", "z", "9", "+", "/", "="] {
        for end in ["\n", "\r\n", "\r", "\\n", "\" +\n  \"", "\n// "] {
            let text =
                format!("-----BEGIN PRIVATE KEY-----{end}{line}{last}{end}-----END PRIVATE KEY-----\n");
            assert_eq!(leaks(text.as_bytes()), [("private-key", 0)], "{text:?}");
        }
    }
}

#[test]
fn with_a_checksum_nothing_need_stand_around_it() {
    let (_, token) = tokens().swap_remove(0);
    assert_eq!(leaks(format!("someTexts{token}otherTexts").as_bytes()), [("github-token", 9)]);
    let wrong = token.replace("0mLq17", "0mLq18");
    assert_eq!(leaks(format!("someTexts{wrong}otherTexts").as_bytes()), []);
    assert_eq!(
        leaks(format!("some \"{wrong}\"").as_bytes()),
        [("github-token", 6)],
        "it may be of a newer form"
    );
}

#[test]
fn what_only_looks_like_one_is_left_alone() {
    let x = "x".repeat(60);
    for text in [
        format!("ghp_{x}"),
        format!("\"ghp_{}\"", "x".repeat(36)),
        "ghp_ gho_ ghs_".into(),
        format!("github_pat_{}", "A".repeat(82)),
        ["AKIA", "IOSFODNN7EXAMPLE"].concat(),
        format!("AKIA{}", "A".repeat(16)),
        format!("AIza{x}"),
        format!("glpat-{x}"),
        // As Go's linker lays the texts of a program beside one another.
        ["glpat", "-GOAWAYClosedactiveCANCELPADDEDBasic "].concat(),
        format!("sk_live_{x}"),
        "xoxb-your-token-goes-here".into(),
        "-----BEGIN RSA PRIVATE KEY-----\0-----BEGIN PRIVATE KEY-----\0".into(),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----".into(),
        key("PUBLIC KEY", "\n"),
        key("CERTIFICATE", "\n"),
    ] {
        assert_eq!(leaks(text.as_bytes()), [], "{text}");
    }
}

#[test]
fn a_fingerprint_is_of_the_token_alone_and_does_not_show_it() {
    let prints = |text: &str| {
        let mut all = Vec::new();
        Seeker::new().unwrap().seek(&mut text.as_bytes(), &mut |leak| all.push(leak)).unwrap();
        all
    };
    for (_, token) in tokens() {
        let (one, other) = (prints(&format!("a {token} b")), prints(&format!("ccc {token}\0")));
        assert_eq!(one[0].fingerprint, other[0].fingerprint);
        let random = &token[token.len() / 2..token.len() / 2 + 8];
        assert!(!format!("{one:?}").contains(random), "{one:?}");
    }
}
