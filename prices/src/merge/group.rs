//! The models of one provider out of every source, with the names by which they belong together.

use super::{Rule, Sources, alias, pair};
use crate::{
    model::{Alias, Card, Model, Origin, Status},
    sellers::{Seller, Sellers},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Every provider's models, by the provider's id.
pub(super) struct Groups(pub(super) BTreeMap<String, Group>);

/// The models of one provider.
#[derive(Default)]
pub(super) struct Group {
    pub(super) seller: Seller,
    pub(super) overrides: Vec<Model>,
    /// Models that both tables have: genai-prices' and LiteLLM's.
    pub(super) pairs: Vec<(Model, Model)>,
    pub(super) genai: Vec<Model>,
    pub(super) litellm: Vec<Model>,
    /// Names that checked models and overrides have taken, in lower case.
    taken: HashMap<String, Rule>,
}

impl Groups {
    pub(super) fn new(sources: Sources<'_>, sellers: &Sellers) -> Self {
        let mut groups = Self(BTreeMap::new());
        for (models, rule) in [(sources.checked, Rule::Checked), (sources.overrides, Rule::Override)] {
            for model in models {
                let group = groups.group(sellers.of(false, &model.provider));
                let names = model.aliases.iter().map(|alias| &alias.name).chain([&model.id]);
                let names: Vec<String> = names.map(|name| name.to_lowercase()).collect();
                group.taken.extend(names.into_iter().map(|name| (name, rule)));
                if rule == Rule::Override {
                    group.overrides.push(model.clone());
                }
            }
        }
        for model in &sources.genai.models {
            let seller = sellers.of(false, &model.provider);
            let provider = seller.id.clone();
            groups.group(seller).genai.push(Model { provider, ..model.clone() });
        }
        let mut theirs: Vec<&Model> = sources.litellm.models.iter().collect();
        theirs
            .sort_by_key(|model| (sellers.of(true, &model.provider).rank(&model.provider), model.id.clone()));
        for model in theirs {
            groups.group(sellers.of(true, &model.provider)).add_litellm(model);
        }
        groups.0.values_mut().for_each(|group| group.match_up(sources.date));
        groups
    }

    fn group(&mut self, seller: Seller) -> &mut Group {
        self.0.entry(seller.id.clone()).or_insert_with(|| Group { seller, ..Group::default() })
    }
}

impl Group {
    /// What decided on a model before the tables were asked: whoever has taken its id.
    pub(super) fn is_decided(&self, model: &Model) -> Option<Rule> {
        self.taken.get(&model.id.to_lowercase()).copied()
    }

    /// Adds a model of LiteLLM under its key without the provider. Where another one of its names has that already, an
    /// equal one is the same model; one with other prices keeps its whole key.
    fn add_litellm(&mut self, model: &Model) {
        let id = self.seller.strip(&model.id).to_owned();
        let provider = self.seller.id.clone();
        let folded = id.to_lowercase();
        let Some(same) = self.litellm.iter_mut().find(|known| known.id.to_lowercase() == folded) else {
            self.litellm.push(Model { provider, id, ..model.clone() });
            return;
        };
        if same.cards == model.cards {
            let name = if id == same.id { &model.id } else { &id };
            if *name != same.id {
                same.aliases.push(Alias::always(name));
            }
        } else {
            let whole =
                if id == model.id { format!("{}/{}", model.provider, model.id) } else { model.id.clone() };
            self.litellm.push(Model { provider, id: whole, ..model.clone() });
        }
    }

    /// Finds the models that both tables have: by id, then by a name that genai-prices spells out. A moving name, such
    /// as `-latest`, is never a pair: what it stands for differs by time, not by table.
    fn match_up(&mut self, date: &str) {
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (at, model) in self.genai.iter().enumerate() {
            by_id.entry(model.id.to_lowercase()).or_insert(at);
            for alias in &model.aliases {
                by_name.entry(alias.name.to_lowercase()).or_insert(at);
            }
        }
        let mut matched: BTreeMap<usize, Model> = BTreeMap::new();
        let mut single = Vec::new();
        let mut named = Vec::new();
        for model in std::mem::take(&mut self.litellm) {
            let model = self.in_dollars(model);
            match by_id.get(&model.id.to_lowercase()) {
                Some(at) if !matched.contains_key(at) => {
                    matched.insert(*at, model);
                }
                _ => named.push(model),
            }
        }
        for model in named {
            let target = by_name.get(&model.id.to_lowercase()).copied();
            if is_moving(&model.id) {
                let target = target.or_else(|| self.family(&model.id));
                let before = target.and_then(|at| Some((at, self.genai.get(at)?)));
                match before {
                    Some((at, before)) if pair::have_equal_rates(before, &model, date) => {
                        matched.entry(at).or_insert(model);
                    }
                    Some((_, before)) => single.push(alias::moving(&model, before, date)),
                    None => single.push(model),
                }
                continue;
            }
            match target {
                Some(at) if !matched.contains_key(&at) => {
                    matched.insert(at, model);
                }
                Some(at)
                    if matched.get(&at).is_some_and(|known| pair::have_equal_prices(known, &model, date)) => {
                }
                _ => single.push(model),
            }
        }
        self.litellm = single;
        for (at, model) in std::mem::take(&mut self.genai).into_iter().enumerate() {
            match matched.remove(&at) {
                Some(theirs) => self.pairs.push((model, theirs)),
                None => self.genai.push(model),
            }
        }
    }

    /// The model of genai-prices whose family a name belongs to.
    fn family(&self, name: &str) -> Option<usize> {
        let begins = |model: &Model| model.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        self.genai.iter().position(begins)
    }

    /// The model without its prices, where they are in another currency and the table takes them for dollars.
    fn in_dollars(&self, model: Model) -> Model {
        let Some(currency) = &self.seller.litellm_currency else { return model };
        let listed =
            |key: &str| model.cards.first().and_then(|card| card.rate(key)).map(|price| price.to_string());
        let figures = [listed("input_mtok"), listed("output_mtok")].into_iter().flatten().collect::<Vec<_>>();
        let figures = if figures.is_empty() {
            String::new()
        } else {
            format!(": {} a million tokens", figures.join(" and "))
        };
        let reason = format!("its price is known in {currency} only{figures}");
        Model { cards: vec![Card { status: Status::Unpriced(reason), ..Card::default() }], ..model }
    }

    /// Gives each name to one model: an id wins over an alias, and the first alias over later ones.
    pub(super) fn settle_names(&self, models: &mut [Model]) {
        let ids: HashSet<String> = models.iter().map(|model| model.id.to_lowercase()).collect();
        // Of a dated name each span is given once.
        let mut given = HashSet::new();
        for model in models.iter_mut().filter(|model| model.origin != Origin::Checked) {
            let id = model.id.clone();
            model.aliases.retain(|alias| {
                let folded = alias.name.to_lowercase();
                let is_free = !ids.contains(&folded) && !self.taken.contains_key(&folded);
                is_free && alias.name != id && given.insert((folded, alias.from.clone(), alias.until.clone()))
            });
            model.aliases.sort();
        }
    }
}

/// Whether a name stands for another model every few months.
fn is_moving(name: &str) -> bool {
    name.ends_with("-latest")
}
