//! Writes a book as one table of bytes: the same content gives the same bytes.

use super::{
    Provider,
    node::Node,
    record::{self, Texts, number_out},
    table::{
        CHECKED_FROM, HEADER, IS_ALIAS, IS_FIRST_PARTY, LAYOUT, MAGIC, SECTIONS, bucket_of, check_of,
        hash_name, low_half,
    },
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::{model::ModelDraft, nearest, version::PriceVersion},
    time::Timestamp,
};
use std::collections::{BTreeMap, HashMap};

/// A model as it was read, and what it was read from.
pub(super) struct Source {
    pub(super) draft: ModelDraft,
    pub(super) node: Node,
}

/// A name of one provider, and what it stands for.
struct Entry {
    flags: u32,
    targets: Vec<(Timestamp, Timestamp, u32)>,
}

type Entries<'d> = BTreeMap<(u32, &'d str), Entry>;

/// The table of a book.
pub(super) fn table(version: PriceVersion, providers: &[Provider], models: &[Source]) -> Result<Vec<u8>> {
    let mut texts = Texts::default();
    let mut sections: [Vec<u8>; SECTIONS] = [const { Vec::new() }; SECTIONS];
    let [ends, provider_bytes, model_words, entry_words, target_words, buckets, slots, records, text_bytes] =
        &mut sections;
    for provider in providers {
        number_out(u64::from(texts.number(&provider.id)), provider_bytes);
        number_out(u64::from(provider.first_party), provider_bytes);
        for list in [&provider.aliases, &provider.fallback] {
            number_out(list.len() as u64, provider_bytes);
            for text in list {
                number_out(u64::from(texts.number(text)), provider_bytes);
            }
        }
    }
    let places = places(providers);
    for model in models {
        let provider = places.get(model.draft.provider.as_str()).copied().unwrap_or(u32::MAX);
        put(model_words, &[provider, texts.number(&model.draft.model), place(records.len())]);
        record::write(&model.node, &mut texts, records);
    }
    let entries = entries(providers, models, &places)?;
    let mut names = Vec::new();
    for (at, ((provider, name), entry)) in (0_u32..).zip(&entries) {
        let from = place(target_words.len() / 20);
        for (from, until, model) in &entry.targets {
            target_words.extend(from.micros().to_le_bytes());
            target_words.extend(until.micros().to_le_bytes());
            put(target_words, &[*model]);
        }
        let to = place(target_words.len() / 20);
        put(entry_words, &[texts.number(name), *provider, entry.flags, from, to]);
        let folded = name.to_lowercase();
        if folded != **name {
            names.push((folded, false, at));
        }
        names.push(((*name).to_owned(), true, at));
    }
    write_slots(names, &mut texts, buckets, slots);
    for text in &texts.all {
        text_bytes.extend(text.bytes());
        put(ends, &[place(text_bytes.len())]);
    }
    Ok(joined(version, &sections))
}

fn joined(version: PriceVersion, sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put(&mut bytes, &[LAYOUT]);
    // The check's place.
    bytes.resize(CHECKED_FROM, 0);
    let (date, hash) = version.parts();
    let day = [date.year().cast_unsigned(), 0].map(u32::from)[0] << 16
        | u32::from(date.month().cast_unsigned()) << 8
        | u32::from(date.day().cast_unsigned());
    put(&mut bytes, &[day]);
    for half in hash {
        bytes.extend(half.to_le_bytes());
    }
    for section in sections {
        put(&mut bytes, &[place(section.len())]);
    }
    bytes.resize(HEADER, 0);
    for section in sections {
        bytes.extend(section);
    }
    let check = check_of(&bytes, bytes.get(CHECKED_FROM..).unwrap_or_default());
    bytes.iter_mut().skip(12).zip(check).for_each(|(byte, check)| *byte = check);
    bytes
}

fn put(out: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        out.extend(word.to_le_bytes());
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn places(providers: &[Provider]) -> HashMap<&str, u32> {
    providers.iter().zip(0..).map(|(provider, at)| (&*provider.id, at)).collect()
}

/// Names in the order of their buckets; within one, a name as it is spelt comes before names that only fold to it.
fn write_slots(
    names: Vec<(String, bool, u32)>,
    texts: &mut Texts,
    buckets: &mut Vec<u8>,
    slots: &mut Vec<u8>,
) {
    let count = names.len().next_power_of_two();
    let mut rows: Vec<_> = names
        .into_iter()
        .map(|(name, is_spelt, entry)| {
            let hash = hash_name(&name);
            (bucket_of(hash, count), hash, name, !is_spelt, entry)
        })
        .collect();
    rows.sort();
    let mut rows = rows.into_iter().peekable();
    for bucket in 0..=count {
        put(buckets, &[place(slots.len() / 12)]);
        while let Some((_, hash, name, _, entry)) = rows.next_if(|row| row.0 == bucket) {
            put(slots, &[low_half(hash), texts.number(&name), entry]);
        }
    }
}

/// Every name of every provider; an id of the same name wins over every alias.
fn entries<'m>(
    providers: &[Provider],
    models: &'m [Source],
    places: &HashMap<&str, u32>,
) -> Result<Entries<'m>> {
    let mut entries = Entries::new();
    let sold = |draft: &ModelDraft| {
        let at = places.get(draft.provider.as_str()).copied().unwrap_or(u32::MAX);
        let provider = providers.get(at as usize).is_some_and(|provider| provider.first_party);
        (at, if draft.first_party.unwrap_or(provider) { IS_FIRST_PARTY } else { 0 })
    };
    for (at, Source { draft, .. }) in (0..).zip(models) {
        let (provider, flags) = sold(draft);
        let targets = vec![(Timestamp::MIN, Timestamp::MAX, at)];
        if entries.insert((provider, draft.model.as_str()), Entry { flags, targets }).is_some() {
            return Err(twice(draft));
        }
    }
    for (at, Source { draft, .. }) in (0..).zip(models) {
        let (provider, flags) = sold(draft);
        for alias in &draft.aliases {
            let entry = entries
                .entry((provider, alias.name.as_str()))
                .or_insert_with(|| Entry { flags: flags | IS_ALIAS, targets: Vec::new() });
            if entry.flags & IS_ALIAS == 0 {
                continue;
            }
            if entry.targets.iter().any(|(from, until, _)| *from < alias.until && alias.from < *until) {
                return Err(two_at_once(&alias.name, &draft.provider));
            }
            entry.targets.push((alias.from, alias.until, at));
        }
    }
    Ok(entries)
}

#[cold]
fn two_at_once(alias: &str, provider: &str) -> Error {
    let message =
        format!("the alias `{}` of {provider} stands for two models at once", nearest::shown(alias));
    Error::new(ErrorCode::PriceBookInvalid, message).with_help("give the alias dates without overlap")
}

#[cold]
fn twice(draft: &ModelDraft) -> Error {
    let message = format!("`{}/{}` stands twice", draft.provider, draft.model);
    Error::new(ErrorCode::PriceBookInvalid, message).with_help("put both spans of time under one model")
}
