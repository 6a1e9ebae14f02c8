//! Pages of lists, with the `Link` header.

use crate::http::{Answer, Call, Reply};
use http::StatusCode;
use serde_json::{Value, json};

/// Which part of a list is asked for.
struct Window {
    page: usize,
    size: usize,
}

impl Window {
    fn of(call: &Call) -> Self {
        let number = |name: &str| call.query.get(name).and_then(|text| text.parse::<usize>().ok());
        let default = call.world.options.page as usize;
        Self {
            page: number("page").unwrap_or(1).max(1),
            size: number("per_page").unwrap_or(default).clamp(1, 100),
        }
    }
}

/// A list as a page of bare items.
pub(crate) fn list(call: &Call, items: Vec<Value>) -> Reply {
    let (items, link) = cut(call, items);
    Ok(linked(Answer::json(StatusCode::OK, &items), link))
}

/// A list under a name beside its `total_count`.
pub(crate) fn counted(call: &Call, name: &str, items: Vec<Value>) -> Reply {
    let total = items.len();
    let (items, link) = cut(call, items);
    Ok(linked(Answer::ok(&json!({"total_count": total, name: items})), link))
}

/// An answer with the links between pages.
pub(crate) fn linked(answer: Answer, link: Option<String>) -> Answer {
    match link {
        Some(link) => answer.with("link", &link),
        None => answer,
    }
}

/// The items of the page asked for, and the `Link` header where there are more.
pub(crate) fn cut<T>(call: &Call, items: Vec<T>) -> (Vec<T>, Option<String>) {
    let window = Window::of(call);
    let last = items.len().div_ceil(window.size).max(1);
    let link = link(call, window.page, last);
    let from = (window.page - 1).saturating_mul(window.size);
    (items.into_iter().skip(from).take(window.size).collect(), link)
}

/// `prev`, `next`, `last` and `first`, those that lead anywhere, in GitHub's order.
fn link(call: &Call, page: usize, last: usize) -> Option<String> {
    let mut links = Vec::new();
    if page > 1 {
        links.push(("prev", (page - 1).min(last)));
    }
    if page < last {
        links.push(("next", page + 1));
        links.push(("last", last));
    }
    if page > 1 {
        links.push(("first", 1));
    }
    let written = links.iter().map(|(rel, page)| format!("<{}>; rel=\"{rel}\"", address(call, *page)));
    (!links.is_empty()).then(|| written.collect::<Vec<_>>().join(", "))
}

fn address(call: &Call, page: usize) -> String {
    let others = call.query.0.iter().filter(|(name, _)| name != "page");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair("page", &page.to_string())
        .finish();
    format!("{}{}?{query}", call.world.url, call.path)
}
