//! A row by the names of its columns, and what is wrong with single cells.

use super::finding::FocusRule;
use super::spec::{Kind, Spec};
use crate::money::Currency;
use crate::report::export::exact::Exact;
use crate::time::Timestamp;
use csv::StringRecord;
use serde_json::{Map, Value};

/// The cells of a row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) head: &'a [String],
    pub(super) record: &'a StringRecord,
}

impl<'a> Cells<'a> {
    /// Whether the file has the column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.head.iter().any(|own| own == name)
    }

    /// The cell of a column; nothing for null, and for a column that the file doesn't have.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let place = self.head.iter().position(|own| own == name)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<Exact> {
        Exact::parse(self.get(name)?)
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        time(self.get(name)?)
    }
}

/// Words that stand for nothing where nothing should stand.
const PLACEHOLDERS: &[&str] = &["null", "n/a", "na", "none", "nan", "-", "nil", "undefined"];

/// Properties of a SKU's price that FOCUS defines; others begin with `x_`.
const SKU_PROPERTIES: &[&str] = &[
    "CoreCount",
    "DiskMaxIops",
    "DiskSpace",
    "DiskType",
    "GpuCount",
    "InstanceSeries",
    "InstanceType",
    "MemorySize",
    "NetworkMaxIops",
    "NetworkMaxThroughput",
    "OperatingSystem",
    "Redundancy",
    "StorageClass",
];

/// What is wrong with a value.
pub(super) fn fault(spec: &Spec, text: &str) -> Option<(FocusRule, String)> {
    if PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str()) {
        return Some((
            FocusRule::PlaceholderForNull,
            format!("`{text}` stands for null, and null is nothing at all"),
        ));
    }
    match spec.kind {
        Kind::Text => None,
        Kind::Decimal => number_fault(text),
        Kind::Time => time(text)
            .is_none()
            .then(|| (FocusRule::TimeInvalid, format!("`{text}` is no time as `2026-11-01T00:00:00Z`"))),
        Kind::Json => json_fault(spec.name, text),
        Kind::Currency => (!is_currency(text))
            .then(|| (FocusRule::CurrencyInvalid, format!("`{text}` is no currency of ISO 4217"))),
        Kind::OneOf(allowed) => (!allowed.contains(&text))
            .then(|| (FocusRule::ValueNotAllowed, format!("`{text}` is none of {}", allowed.join(", ")))),
    }
}

fn number_fault(text: &str) -> Option<(FocusRule, String)> {
    if Exact::parse(text).is_none() {
        return Some((FocusRule::NumberInvalid, format!("`{text}` is no plain decimal")));
    }
    let is_integer = !text.contains(['.', 'e', 'E']);
    is_integer.then(|| {
        (FocusRule::NumberWithoutPoint, format!("`{text}` has no decimal point, so it is read as an integer"))
    })
}

/// Reads `YYYY-MM-DDTHH:mm:ssZ` and nothing else.
fn time(text: &str) -> Option<Timestamp> {
    let is_shaped = text.len() == 20
        && text.bytes().zip(b"0000-00-00T00:00:00Z").all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            letter => found == *letter,
        });
    is_shaped.then(|| text.parse().ok()).flatten()
}

/// A list or an object where an object is wanted, flat where FOCUS wants it flat.
fn json_fault(column: &str, text: &str) -> Option<(FocusRule, String)> {
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else {
        return Some((FocusRule::JsonInvalid, "no JSON object".to_owned()));
    };
    let is_flat = matches!(column, "Tags" | "AllocatedTags" | "SkuPriceDetails");
    let nested = object.iter().find(|(_, value)| value.is_array() || value.is_object()).filter(|_| is_flat);
    if let Some((key, _)) = nested {
        return Some((
            FocusRule::KeyValueInvalid,
            format!("`{key}` is nested, and a flat object is allowed"),
        ));
    }
    let is_known = |key: &str| key.starts_with("x_") || SKU_PROPERTIES.contains(&key);
    let own = object.keys().find(|key| column == "SkuPriceDetails" && !is_known(key))?;
    Some((FocusRule::KeyValueInvalid, format!("`{own}` is no property of FOCUS, and has no `x_` before it")))
}

fn is_currency(text: &str) -> bool {
    text.parse::<Currency>().is_ok() && CURRENCIES.split(' ').any(|code| code == text)
}

/// The currencies of ISO 4217 that are in use.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON \
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
    USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
