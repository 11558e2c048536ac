//! What a budget stands at, as an object of plain fields, the same in every language.

use super::status::BudgetStatus;
use serde::{Serialize, Serializer, ser::SerializeStruct};

impl Serialize for BudgetStatus {
    /// Amounts are text in USD, times RFC 3339 text, and the utilisation is in hundredths of a percent.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("BudgetStatus", 13)?;
        row.serialize_field("name", &*self.name)?;
        row.serialize_field("instance", &self.instance)?;
        row.serialize_field("window", &[self.window.start().to_string(), self.window.end().to_string()])?;
        row.serialize_field("time_zone", &self.time_zone)?;
        row.serialize_field("basis", &self.basis)?;
        row.serialize_field("limit", &self.limit.to_string())?;
        row.serialize_field("ceiling", &self.ceiling.map(|ceiling| ceiling.to_string()))?;
        row.serialize_field("spent", &self.spent.to_string())?;
        row.serialize_field("held", &self.held.to_string())?;
        row.serialize_field("remaining", &self.remaining.to_string())?;
        row.serialize_field("forecast", &self.forecast.map(|forecast| forecast.to_string()))?;
        row.serialize_field("utilisation_basis_points", &self.utilisation_basis_points())?;
        row.serialize_field("state", self.state.as_str())?;
        row.end()
    }
}
