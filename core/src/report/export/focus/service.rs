//! Who sells, hosts and made what was used, in the names that FOCUS wants.
//!
//! Providers are known by their ids in the price book. One that isn't in the list is named by its id, so that nothing
//! is made up.

use super::unit::capitalised;

/// A provider of the price book: its id, its name, and the name of its service.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("anthropic", "Anthropic", "Claude API"),
    ("aws", "AWS", "Amazon Bedrock"),
    ("azure", "Microsoft", "Azure OpenAI"),
    ("azure_ai", "Microsoft", "Azure AI Foundry"),
    ("cohere", "Cohere", "Cohere API"),
    ("dashscope", "Alibaba Cloud", "Model Studio"),
    ("deepseek", "DeepSeek", "DeepSeek API"),
    ("fireworks", "Fireworks AI", "Fireworks API"),
    ("google", "Google", "Gemini API"),
    ("groq", "Groq", "GroqCloud"),
    ("mistral", "Mistral AI", "La Plateforme"),
    ("openai", "OpenAI", "OpenAI API"),
    ("openrouter", "OpenRouter", "OpenRouter API"),
    ("perplexity", "Perplexity", "Sonar API"),
    ("together", "Together AI", "Together API"),
    ("x-ai", "xAI", "xAI API"),
];

/// Makers of models that others host, by a piece of the model's name.
const MAKERS: &[(&str, &str)] = &[
    ("claude", "Anthropic"),
    ("gpt-", "OpenAI"),
    ("gemini", "Google"),
    ("llama", "Meta"),
    ("mistral", "Mistral AI"),
    ("command-", "Cohere"),
    ("deepseek", "DeepSeek"),
    ("grok", "xAI"),
    ("qwen", "Alibaba Cloud"),
];

/// The provider's name, and that of its service.
pub(super) fn provider(id: &str) -> (String, String) {
    let known = PROVIDERS.iter().find(|(own, ..)| *own == id);
    known.map_or_else(
        || (capitalised(id), format!("{} API", capitalised(id))),
        |(_, name, service)| ((*name).to_owned(), (*service).to_owned()),
    )
}

/// Who made the model: by its name where somebody else hosts it, else the provider.
pub(super) fn publisher(provider: &str, model: &str) -> String {
    let model = model.to_ascii_lowercase();
    let maker = MAKERS.iter().find(|(piece, _)| model.contains(piece));
    maker.map_or_else(|| provider.to_owned(), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{provider, publisher};

    #[test]
    fn a_hosted_model_has_its_makers_name_and_an_unknown_provider_its_id() {
        assert_eq!(publisher("AWS", "anthropic.claude-sonnet-4-5"), "Anthropic");
        assert_eq!(publisher("Private", "race-model"), "Private");
        assert_eq!(provider("openai").0, "OpenAI");
        assert_eq!(provider("private"), ("Private".to_owned(), "Private API".to_owned()));
    }
}
