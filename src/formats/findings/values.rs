//! Values as tools write them, read with patience where that proves nothing wrong.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::formats::json::{each, each_or_null};

/// The longest text that is kept while a finding is put together, in characters.
pub const LONGEST: usize = 4_000;

/// Cuts a text to so many characters.
pub fn short(text: &mut String, most: usize) {
    if text.len() > most
        && let Some((at, _)) = text.char_indices().nth(most)
    {
        text.truncate(at);
        text.shrink_to_fit();
    }
}

/// A text of limited length; `null` is an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub String);

impl Text {
    /// Its first line that is not blank, without spaces around it.
    pub fn line(&self) -> String {
        line(&self.0).to_owned()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The first line of a text that is not blank, without spaces around it.
pub fn line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// As [`Text`], where what is read stays for as long as it is looked at: held only if it is written with escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words<'a>(Cow<'a, str>);

impl AsRef<str> for Words<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Words<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Words<'de>, E> {
                Ok(Words(Cow::Borrowed(beginning(text))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Words<'de>, E> {
                Ok(Words(Cow::Owned(beginning(text).to_owned())))
            }
            fn visit_unit<E: Error>(self) -> Result<Words<'de>, E> {
                Ok(Words::default())
            }
        }
        deserializer.deserialize_any(Of)
    }
}

/// As much of a text as is kept.
fn beginning(text: &str) -> &str {
    let cut = || text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    if text.len() <= LONGEST { text } else { &text[..cut()] }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl Visitor<'_> for Of {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(beginning(text).to_owned()))
            }
            fn visit_unit<E: Error>(self) -> Result<Text, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Of)
    }
}

/// A line or a column: a number or a text that begins with one (`79-81`). What is none, negative, or too large is 0:
/// nobody's place, and no reason to lose the finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number(pub u32);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl Visitor<'_> for Of {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(u32::try_from(number).unwrap_or(0)))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(u32::try_from(number).unwrap_or(0)))
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Number, E> {
                Ok(Number(0))
            }
            fn visit_unit<E: Error>(self) -> Result<Number, E> {
                Ok(Number(0))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
                Ok(Number(text[..end].parse().unwrap_or(0)))
            }
        }
        deserializer.deserialize_any(Of)
    }
}

/// A score: a number, or a text that is one or is a word.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Score {
    /// It is not there.
    #[default]
    None,
    /// A number, which need not be in any range.
    Number(f64),
    /// A word.
    Word(String),
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl Visitor<'_> for Of {
            type Value = Score;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a score")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Score, E> {
                Ok(Score::Number(u32::try_from(number).map_or(f64::INFINITY, f64::from)))
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Score, E> {
                Ok(Score::Number(f64::NEG_INFINITY))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Score, E> {
                Ok(Score::Number(number))
            }
            fn visit_unit<E: Error>(self) -> Result<Score, E> {
                Ok(Score::None)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Score, E> {
                let text = text.trim();
                Ok(text.parse().map_or_else(|_| Score::Word(text.chars().take(40).collect()), Score::Number))
            }
        }
        deserializer.deserialize_any(Of)
    }
}

impl Score {
    /// The rating; none where it says nothing.
    pub fn severity(&self) -> Option<super::Severity> {
        match self {
            Self::None => None,
            Self::Number(number) => super::Severity::of_score(*number),
            Self::Word(word) => super::Severity::of_word(word),
        }
    }
}

/// Shows each of a list of texts; `null` is an empty list, and in it an empty text.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D, show: impl FnMut(&str)) -> Result<(), D::Error> {
    struct List<F>(F);
    impl<'de, F: FnMut(&str)> Visitor<'de> for List<F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }
        fn visit_unit<E: Error>(self) -> Result<(), E> {
            Ok(())
        }
        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while list.next_element_seed(One(&mut self.0))?.is_some() {}
            Ok(())
        }
    }
    struct One<'a, F>(&'a mut F);
    impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for One<'_, F> {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_any(self)
        }
    }
    impl<F: FnMut(&str)> Visitor<'_> for One<'_, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
            (self.0)(text);
            Ok(())
        }
        fn visit_unit<E: Error>(self) -> Result<(), E> {
            (self.0)("");
            Ok(())
        }
    }
    deserializer.deserialize_any(List(show))
}

/// `null` as what is left out: Go writes an empty list so.
pub fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The most elements of a list that is held whole while a finding is put together.
pub const MANY: usize = 25_000;

/// A list that is held whole: one of more than [`MANY`] is an error before more of it is held.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let mut held = Vec::new();
    each(hold(&mut held, MANY)).deserialize(deserializer)?;
    Ok(held)
}

/// As [`list`]; `null` is an empty one.
pub fn list_or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let mut held = Vec::new();
    each_or_null(hold(&mut held, MANY)).deserialize(deserializer)?;
    Ok(held)
}

/// As [`list`], for a reader that names a type instead.
#[derive(Debug)]
pub struct Held<T>(pub Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

/// Takes elements, and no more than so many.
fn hold<T>(held: &mut Vec<T>, most: usize) -> impl FnMut(T) -> Result<(), String> {
    move |element| {
        if held.len() == most {
            return Err(format!("a list of more than {most}"));
        }
        held.push(element);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_an_end() {
        #[derive(serde::Deserialize)]
        struct Of {
            #[serde(deserialize_with = "list_or_null")]
            list: Vec<Text>,
        }
        let of = |many: usize| {
            let text = format!("{{\"list\": [{}\"x\"]}}", "\"x\",".repeat(many - 1));
            serde_json::from_str::<Of>(&text).map(|of| of.list.len())
        };
        assert_eq!(of(MANY).unwrap(), MANY);
        assert!(of(MANY + 1).unwrap_err().to_string().contains("a list of more than 25000"));
        assert_eq!(serde_json::from_str::<Of>("{\"list\": null}").unwrap().list.len(), 0);
    }

    #[test]
    fn numbers_are_read_with_patience() {
        let numbers: Vec<Number> =
            serde_json::from_str(r#"[7, "79-81", "x", null, -1, 5000000000, 1.5, "99999999999"]"#).unwrap();
        let numbers: Vec<u32> = numbers.into_iter().map(|number| number.0).collect();
        assert_eq!(numbers, [7, 79, 0, 0, 0, 0, 0, 0]);
        assert!(serde_json::from_str::<Number>("{}").is_err());
    }

    #[test]
    fn scores_are_numbers_or_words() {
        let scores: Vec<Score> =
            serde_json::from_str(r#"[9.8, "7.5", "HIGH", "0.0", 11, -3, "", null, "NaN"]"#).unwrap();
        use super::super::Severity::{Critical, High};
        let ratings: Vec<_> = scores.iter().map(Score::severity).collect();
        assert_eq!(ratings, [Some(Critical), Some(High), Some(High), None, None, None, None, None, None]);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text: Text = serde_json::from_str(&format!("\"{}\"", "ü".repeat(9_000))).unwrap();
        assert_eq!(text.0.chars().count(), LONGEST);
        assert_eq!(Text("\n  a \n b".into()).line(), "a");
    }
}
