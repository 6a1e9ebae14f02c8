//! Plain scalars as the core schema of YAML 1.2 reads them (YAML 1.2.2, section 10.3.2).

use serde_json::Number;

use super::tree::Kind;

/// What a plain scalar stands for.
///
/// # Errors
///
/// If it is a number that cannot be held: infinite, no number, an integer beyond 64 bits, or a fraction of more digits
/// than a double has.
pub fn resolve(text: &str) -> Result<Kind, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Kind::Null),
        "true" | "True" | "TRUE" => return Ok(Kind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Kind::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(format!("`{text}` is no number that a setting can hold"));
    }
    match number(text)? {
        Some(value) => Ok(Kind::Number { value, text: text.to_owned() }),
        None => Ok(Kind::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Result<Option<Number>, String> {
    let too_large = || format!("the number `{text}` is too large; quote it if it is meant as text");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(rest) = text.strip_prefix(prefix)
            && !rest.is_empty()
            && rest.chars().all(|c| c.is_digit(radix))
        {
            return u64::from_str_radix(rest, radix).map(|value| Some(value.into())).map_err(|_| too_large());
        }
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits(unsigned) {
        let signed = plain.parse::<i64>().map(Number::from);
        return signed.or_else(|_| plain.parse::<u64>().map(Number::from)).map(Some).map_err(|_| too_large());
    }
    if !is_float(unsigned) {
        return Ok(None);
    }
    let digits = precision(unsigned);
    if digits > DIGITS {
        return Err(format!(
            "the number `{text}` has more than {DIGITS} digits, and would not be kept as it is: write fewer, or quote \
             it if it is meant as text"
        ));
    }
    let value: f64 = plain.parse().map_err(|_| too_large())?;
    if digits > 0 && !value.is_infinite() && !value.is_normal() {
        return Err(format!(
            "the number `{text}` is too near to 0 to be kept as it is; quote it if it is meant as text"
        ));
    }
    Number::from_f64(value).map(Some).ok_or_else(too_large)
}

/// How many decimal digits a double holds of any number (`DBL_DIG` of IEEE 754's binary64).
const DIGITS: usize = f64::DIGITS as usize;

/// How many digits of a number count: all but the noughts around it.
fn precision(text: &str) -> usize {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    all_digits(whole)
        && all_digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_core_schema() {
        for (text, shown) in [
            ("0x1F", "31"),
            ("0o17", "15"),
            ("017", "17"),
            ("+12", "12"),
            ("-12", "-12"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            match resolve(text) {
                Ok(Kind::Number { value, text: written }) => {
                    assert_eq!((value.to_string().as_str(), written.as_str()), (shown, text));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        for text in
            ["yes", "off", "1_000", "0xZ", "1.2.3", ".", "e5", "1e", "0b1", "12:30", "-", "-0x1", "- 1"]
        {
            assert_eq!(resolve(text), Ok(Kind::Text(text.into())), "{text}");
        }
        assert_eq!(resolve("~"), Ok(Kind::Null));
        assert_eq!(resolve("True"), Ok(Kind::Bool(true)));
        for text in [
            ".inf",
            "-.INF",
            ".NaN",
            "1e999",
            "99999999999999999999",
            "0xFFFFFFFFFFFFFFFFFF",
            "80.000000000000001",
            "0.1234567890123456",
            "-1.0000000000000001e3",
            "1e-400",
            "2.5e-310",
        ] {
            assert!(resolve(text).is_err(), "{text}");
        }
        for text in
            ["80.0000000000000000000", "0.00000000000000000123", "12345.6789012345", "1.23456789012345e9"]
        {
            assert!(matches!(resolve(text), Ok(Kind::Number { .. })), "{text}");
        }
    }
}
