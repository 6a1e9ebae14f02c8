//! The forms in which a secret can stand in a text: as it is, by lines, and as other programs write it.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// Texts shorter than this, in bytes, are no forms: they would tear ordinary words apart.
pub const SHORTEST: usize = 4;

/// The same for encoded forms, of which any ordinary text holds shorter ones by chance.
const SHORTEST_ENCODED: usize = 6;

/// Where `base64` and PEM writers break their lines, in characters.
const WIDTHS: [usize; 2] = [76, 64];

/// RFC 3986 §2.3: everything but unreserved characters, as `Uri.EscapeDataString` and Go's and Python's functions.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// ECMA-262 `encodeURIComponent`.
const COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

/// WHATWG URL §1.3, the userinfo percent-encode set: what a URL parser leaves of a password in an address.
const USERINFO: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'|');

/// Every form of a secret, each once, the secret itself first. None of a secret that is too short to be one.
#[must_use]
pub fn forms(secret: &str) -> Vec<String> {
    let mut all = Forms::default();
    let trimmed = secret.trim();
    all.plain(secret);
    all.plain(trimmed);
    let lines: Vec<&str> =
        secret.split(['\n', '\r']).map(str::trim).filter(|line| *line != trimmed).collect();
    lines.iter().for_each(|line| all.plain(line));
    for text in [secret, trimmed].into_iter().chain(lines.iter().copied()) {
        if text.trim().len() >= SHORTEST {
            all.written(text);
            all.base64(text);
        }
    }
    [secret, trimmed].into_iter().for_each(|text| all.wrapped(text));
    all.list
}

#[derive(Default)]
struct Forms {
    list: Vec<String>,
    seen: HashSet<String>,
}

impl Forms {
    fn add(&mut self, form: &str, shortest: usize) {
        if form.trim().len() >= shortest && self.seen.insert(form.to_owned()) {
            self.list.push(form.to_owned());
        }
    }

    fn plain(&mut self, text: &str) {
        self.add(text, SHORTEST);
    }

    /// As JSON, XML, shells and addresses write it.
    fn written(&mut self, text: &str) {
        let json = &in_json(text);
        // Go writes these as escapes even in plain JSON.
        let html = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
        let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = xml.replace('"', "&quot;").replace('\'', "&apos;");
        let number = xml.replace('"', "&#34;").replace('\'', "&#39;");
        // A log in JSON of a tool that logs in JSON.
        for form in
            [&in_json(json), &in_json(&html), json, &html, &xml, &quoted, &number, &text.replace('"', "\\\"")]
        {
            self.add(form, SHORTEST_ENCODED);
        }
        for set in [NON_ALPHANUMERIC, RESERVED, COMPONENT, USERINFO] {
            let encoded = utf8_percent_encode(text, set).to_string();
            self.add(&encoded.replace("%20", "+"), SHORTEST_ENCODED);
            self.add(&lower(&encoded), SHORTEST_ENCODED);
            self.add(&encoded, SHORTEST_ENCODED);
        }
    }

    /// The characters of base64 that the secret alone decides, for each place in a group of three bytes at which it
    /// may begin (`user:secret` shifts it), in both alphabets.
    fn base64(&mut self, text: &str) {
        for shift in 0..3_usize {
            let mut bytes = vec![0_u8; shift];
            bytes.extend_from_slice(text.as_bytes());
            let encoded = STANDARD.encode(&bytes);
            let (from, to) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
            self.both_alphabets(&encoded[from..to]);
        }
    }

    /// Base64 in lines, of which none holds the whole.
    fn wrapped(&mut self, text: &str) {
        let encoded = STANDARD.encode(text);
        let whole = &encoded[..text.len() * 8 / 6];
        for width in WIDTHS {
            if whole.len() > width {
                let mut rest = whole;
                while !rest.is_empty() {
                    let (line, after) = rest.split_at(width.min(rest.len()));
                    self.both_alphabets(line);
                    rest = after;
                }
            }
        }
    }

    fn both_alphabets(&mut self, encoded: &str) {
        self.add(encoded, SHORTEST_ENCODED);
        self.add(&encoded.replace('+', "-").replace('/', "_"), SHORTEST_ENCODED);
    }
}

/// The text as it stands in JSON, without the quotes.
fn in_json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// The hex digits of every escape in small letters.
fn lower(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Two ASCII digits follow every percent sign that the encoder wrote.
        let (digits, rest) = part.split_at(2.min(part.len()));
        text.push('%');
        text.push_str(&digits.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_short_is_a_form() {
        for text in ["", "abc", "   \n", " a ", "é"] {
            assert_eq!(forms(text), Vec::<String>::new(), "{text:?}");
        }
        assert_eq!(forms("abcd")[0], "abcd");
    }

    #[test]
    fn each_line_of_a_key_is_one() {
        let key = "-----BEGIN KEY-----\r\nq83vASNFZ4k=\n}\n-----END KEY-----\n";
        let all = forms(key);
        assert_eq!(all[0], key);
        for line in ["-----BEGIN KEY-----", "q83vASNFZ4k=", "-----END KEY-----"] {
            assert!(all.iter().any(|form| form == line), "{line}");
        }
        assert!(!all.iter().any(|form| form == "}"));
    }

    #[test]
    fn escapes_of_all_kinds() {
        let all = forms("a/b+c d\"e&f");
        for form in [
            "a%2Fb%2Bc%20d%22e%26f",
            "a%2fb%2bc%20d%22e%26f",
            "a%2Fb%2Bc+d%22e%26f",
            "a/b+c d\\\"e&f",
            "a/b+c d\\\"e\\u0026f",
            "a/b+c d&quot;e&amp;f",
            "a/b+c d\\\\\\\"e&f",
        ] {
            assert!(all.iter().any(|known| known == form), "{form}");
        }
    }

    #[test]
    fn each_is_there_once() {
        let all = forms("plainword0123");
        let distinct: HashSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
