//! What a policy says of closing a period: which bills must be reconciled before, and how well.

use super::clients::basis_points;
use super::node::Node;
use super::reader::Reader;
use super::virtual_tags::flag;
use crate::report::ClosingRule;

const KEYS: &[&str] = &["provider", "explained", "unexplained", "sign_off"];
const LIST: &str = "a list of providers: write `[[statement.closing]]` above each";
/// All of it, in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// The rules, as far as they could be read.
pub(super) fn closing(reader: &mut Reader, node: &Node) -> Vec<ClosingRule> {
    let items = reader.list(node, LIST).unwrap_or_default();
    let mut rules: Vec<ClosingRule> = Vec::new();
    for item in items {
        let Some(rule) = rule(reader, item) else { continue };
        if rules.iter().any(|own| own.provider == rule.provider) {
            let message = format!("the provider `{}` has two rules for closing", rule.provider);
            reader.fault(item.place(), message, "give each provider one rule");
        }
        rules.push(rule);
    }
    rules
}

fn rule(reader: &mut Reader, node: &Node) -> Option<ClosingRule> {
    let section = reader.section(node, KEYS)?;
    let help = "name whose bill must be reconciled, such as `provider = \"anthropic\"`";
    let provider = reader.need(&section, "provider", help);
    let provider = provider.and_then(|node| reader.text(node, "a provider in quotes")).map(str::to_owned);
    let explained = section.get("explained").and_then(|node| {
        let points = basis_points(reader, node)?;
        if points > WHOLE {
            reader.fault(node.place(), "more than all of it can't be explained", "write at most `\"100 %\"`");
        }
        Some(points)
    });
    let unexplained = section.get("unexplained").and_then(|node| {
        let most = reader.money(node)?;
        if most.is_negative() {
            reader.fault(
                node.place(),
                "an amount below zero can't stay unexplained",
                "write `\"0\"` or more",
            );
        }
        Some(most)
    });
    let sign_off = section.get("sign_off").and_then(|node| flag(reader, node));
    let mut rule = ClosingRule::new(provider?);
    (rule.explained_basis_points, rule.unexplained) = (explained, unexplained);
    rule.sign_off = sign_off.unwrap_or_default();
    Some(rule)
}
