//! Which provider of the price book answers at a host.

/// What a host is or ends with, and the provider's id in the price book. A leading dot stands for any host below.
const HOSTS: &[(&str, &str)] = &[
    ("api.openai.com", "openai"),
    (".api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "google"),
    ("aiplatform.googleapis.com", "google"),
    ("-aiplatform.googleapis.com", "google"),
    (".openai.azure.com", "azure"),
    (".cognitiveservices.azure.com", "azure"),
    (".services.ai.azure.com", "azure_ai"),
    (".models.ai.azure.com", "azure_ai"),
    ("api.mistral.ai", "mistral"),
    ("codestral.mistral.ai", "mistral"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("api.groq.com", "groq"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x-ai"),
    (".api.x.ai", "x-ai"),
    ("openrouter.ai", "openrouter"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cerebras.ai", "cerebras"),
    ("api.voyageai.com", "voyageai"),
    ("api.moonshot.ai", "moonshotai"),
    ("api.moonshot.cn", "moonshotai"),
    ("api.z.ai", "zai"),
    ("open.bigmodel.cn", "zhipuai"),
    ("api.minimax.io", "minimax"),
    ("api.deepinfra.com", "deepinfra"),
    ("api.novita.ai", "novita"),
    ("api.studio.nebius.com", "nebius"),
    ("api.tokenfactory.nebius.com", "nebius"),
    ("api.hyperbolic.xyz", "hyperbolic"),
    ("api.sambanova.ai", "sambanova"),
    ("ai-gateway.vercel.sh", "vercel_ai_gateway"),
    (".githubcopilot.com", "github-copilot"),
    ("dashscope.aliyuncs.com", "dashscope"),
    ("dashscope-intl.aliyuncs.com", "dashscope"),
    (".endpoints.kepler.ai.cloud.ovh.net", "ovhcloud"),
    (".cloud.databricks.com", "databricks"),
    (".azuredatabricks.net", "databricks"),
];

/// The port on which Ollama listens unless it is told another.
const OLLAMA: &str = ":11434";

/// The provider that answers at a host, by its id in the price book; nothing for a host of one's own, whose models are
/// found by their names alone.
///
/// # Examples
/// ```
/// assert_eq!(bursar::provider_of_host("eu.api.openai.com"), Some("openai"));
/// assert_eq!(bursar::provider_of_host("bedrock-runtime.us-east-1.amazonaws.com"), Some("aws"));
/// assert_eq!(bursar::provider_of_host("llm.internal"), None);
/// ```
pub fn provider_of_host(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    if host.ends_with(OLLAMA) {
        return Some("ollama");
    }
    let host = host.split(':').next().unwrap_or_default();
    if host.starts_with("bedrock-runtime") && host.contains(".amazonaws.com") {
        return Some("aws");
    }
    let is_at = |end: &str| if end.starts_with(['.', '-']) { host.ends_with(end) } else { host == end };
    HOSTS.iter().find(|(end, _)| is_at(end)).map(|(_, provider)| *provider)
}

#[cfg(test)]
mod tests {
    use super::{HOSTS, provider_of_host};
    use crate::pricing::PriceBook;
    use std::collections::BTreeSet;

    #[test]
    fn every_host_belongs_to_a_provider_of_the_book() {
        let book = PriceBook::bundled().unwrap();
        let providers: BTreeSet<_> = book.models().map(|(provider, _)| provider).collect();
        for (host, provider) in HOSTS {
            assert!(providers.contains(provider), "{host}: {provider}");
        }
        assert!(providers.contains("aws") && providers.contains("ollama"));
    }

    #[test]
    fn a_host_is_known_by_its_whole_name() {
        for (host, expected) in [
            ("API.OpenAI.com:443", Some("openai")),
            ("us-central1-aiplatform.googleapis.com", Some("google")),
            ("mine.openai.azure.com", Some("azure")),
            ("evil-api.openai.com.example", None),
            ("notapi.openai.com", None),
            ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("aws")),
            ("127.0.0.1:11434", Some("ollama")),
            ("127.0.0.1:8080", None),
            ("", None),
        ] {
            assert_eq!(provider_of_host(host), expected, "{host}");
        }
    }
}
