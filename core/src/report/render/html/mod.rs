//! A document as one HTML file that needs nothing else: no network, no font, no framework.
//!
//! Without its script it reads the same; the script sorts, filters and switches between light and dark. The page's own
//! policy lets nothing but that script run, and every text is escaped, so a name stays a name.

mod blocks;
mod hash;
mod head;
#[cfg(test)]
mod tests;

use crate::report::document::{Document, Section};
use crate::report::markup::escaped;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Document {
    /// The document as one HTML file: charts drawn, tables that sort and filter, light and dark, and a style for print.
    pub fn to_html(&self) -> String {
        let mut html = head::head(self);
        html.push_str("<body>\n");
        html.push_str(&contents(&self.sections));
        html.push_str("<main>\n");
        html.push_str(&head::header(self));
        html.push_str(&head::tiles(self));
        html.push_str(&each(&self.sections, section_of));
        html.push_str(&footer(&self.footer));
        html.push_str("</main>\n<script>");
        html.push_str(SCRIPT);
        html.push_str("</script>\n</body>\n</html>\n");
        html
    }
}

/// What is printed of each, one after the other.
fn each<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect()
}

fn contents(sections: &[Section]) -> String {
    let link = |section: &Section| {
        format!("<li><a href=\"#{}\">{}</a></li>", escaped(&section.id), escaped(&section.title))
    };
    let links = each(sections, link);
    format!("<nav class=\"contents\" aria-label=\"Sections\"><ol>{links}</ol></nav>\n")
}

fn section_of(section: &Section) -> String {
    let intro = section.intro.as_ref().map(|intro| format!("<p class=\"intro\">{}</p>\n", escaped(intro)));
    let blocks = each(&section.blocks, blocks::block);
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n{}{blocks}</section>\n",
        escaped(&section.id),
        escaped(&section.title),
        intro.unwrap_or_default()
    )
}

fn footer(lines: &[String]) -> String {
    let lines = each(lines, |line| format!("<span>{}</span>", escaped(line)));
    format!("<footer>{lines}</footer>\n")
}
