//! Reserving a call by the request that is about to be sent.

use super::bursar::Bursar;
use super::call::Call;
use super::decision::Decision;
use super::resolve::Scope;
use crate::error::{ErrorCode, Result};
use crate::providers::ApiRequest;

impl Bursar {
    /// Asks whether a request may be sent: its model, its terms and the bound on what it may cost are read from it.
    /// `provider` is who will answer, by its id in the price book; left out, the model's name alone is looked up.
    ///
    /// # Errors
    /// As [`Bursar::reserve`] and [`ApiRequest::bound`]. A model without a price is a decision.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Api, ApiRequest, Bursar};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let body = br#"{"model": "gpt-5-mini", "max_completion_tokens": 400, "messages": [{"role": "user", "content": "hi"}]}"#;
    /// let request = ApiRequest::read(Api::Chat, "/v1/chat/completions", body)?;
    /// let scope = bursar.scope(&[("team", "data")])?;
    /// let decision = bursar.reserve_request(&scope, Some("openai"), &request, |call| call.key("job-17"))?;
    /// assert!(decision.is_admitted());
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn reserve_request(
        &self,
        scope: &Scope,
        provider: Option<&str>,
        request: &ApiRequest,
        fill: impl for<'m> FnOnce(Call<'m>) -> Call<'m>,
    ) -> Result<Decision> {
        let model = match self.model(provider, request.model()) {
            Ok(model) => model,
            Err(error) if matches!(error.code(), ErrorCode::ModelUnknown | ErrorCode::ModelUnpriced) => {
                return Ok(Decision::Unpriced(error));
            }
            Err(error) => return Err(error),
        };
        let (bound, _) = request.bound(model.prices(), self.now())?;
        self.reserve(scope, &fill(Call::new(&model, 0).bound(bound)))
    }
}
