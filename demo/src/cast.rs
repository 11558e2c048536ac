//! Who plays: a dozen agents of five teams, some of them working for clients.

use crate::quantiles::{CHAT, CODE, Shape};

/// An agent, what it uses, and how much it works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    pub(crate) team: &'static str,
    pub(crate) project: &'static str,
    pub(crate) client: Option<&'static str>,
    pub(crate) model: &'static str,
    pub(crate) shape: Shape,
    /// Bursts of calls on a working day; weekends see a fifth.
    pub(crate) bursts_a_day: u64,
    /// The local hour, UTC, at which its day of ten hours begins.
    pub(crate) from_hour: u64,
    /// What it gives as `max_output_tokens`.
    pub(crate) max_output: u64,
}

impl Agent {
    /// The tags of its calls.
    pub(crate) fn tags(&self) -> Vec<(&'static str, &'static str)> {
        let mut tags = vec![("team", self.team), ("project", self.project), ("agent", self.name)];
        tags.extend(self.client.map(|client| ("client", client)));
        tags
    }
}

const AGENT: Agent = Agent {
    name: "",
    team: "",
    project: "",
    client: None,
    model: "gpt-5-mini",
    shape: CHAT,
    bursts_a_day: 8,
    from_hour: 8,
    max_output: 1_000,
};

/// All of them.
pub(crate) const CAST: &[Agent] = &[
    Agent {
        name: "writer",
        team: "marketing",
        project: "content-pipeline",
        client: Some("acme-corp"),
        model: "claude-sonnet-4-5",
        bursts_a_day: 10,
        ..AGENT
    },
    Agent {
        name: "editor",
        team: "marketing",
        project: "content-pipeline",
        client: Some("globex"),
        model: "claude-sonnet-4-5",
        bursts_a_day: 6,
        ..AGENT
    },
    Agent {
        name: "campaigner",
        team: "marketing",
        project: "campaigns",
        client: Some("initech"),
        model: "gemini-2.5-pro",
        bursts_a_day: 6,
        ..AGENT
    },
    Agent {
        name: "analyst",
        team: "data",
        project: "insights",
        model: "gpt-5",
        bursts_a_day: 9,
        from_hour: 13,
        max_output: 2_000,
        ..AGENT
    },
    Agent {
        name: "sql-helper",
        team: "data",
        project: "warehouse",
        model: "gpt-5-mini",
        shape: CODE,
        bursts_a_day: 12,
        from_hour: 13,
        max_output: 2_000,
        ..AGENT
    },
    Agent {
        name: "ranker",
        team: "search",
        project: "product-search",
        model: "gemini-2.5-flash",
        bursts_a_day: 30,
        ..AGENT
    },
    Agent {
        name: "crawler",
        team: "search",
        project: "product-search",
        model: "gemini-2.5-flash",
        bursts_a_day: 24,
        from_hour: 0,
        ..AGENT
    },
    Agent {
        name: "triage",
        team: "support",
        project: "helpdesk",
        model: "claude-haiku-4-5",
        bursts_a_day: 16,
        from_hour: 6,
        ..AGENT
    },
    Agent {
        name: "answerer",
        team: "support",
        project: "helpdesk",
        client: Some("acme-corp"),
        model: "claude-haiku-4-5",
        bursts_a_day: 16,
        from_hour: 6,
        ..AGENT
    },
    Agent {
        name: "reviewer",
        team: "platform",
        project: "developer-tools",
        model: "claude-sonnet-4-5",
        shape: CODE,
        bursts_a_day: 16,
        from_hour: 15,
        max_output: 2_000,
        ..AGENT
    },
    Agent {
        name: "migrator",
        team: "platform",
        project: "developer-tools",
        model: "claude-opus-4-5",
        shape: CODE,
        bursts_a_day: 4,
        from_hour: 15,
        max_output: 2_000,
        ..AGENT
    },
    Agent {
        name: "prototype",
        team: "platform",
        project: "side-quest",
        model: "gpt-5",
        bursts_a_day: 2,
        from_hour: 15,
        ..AGENT
    },
];

/// The agent that falls into a loop, the day of the month on which it does, and how many calls it makes then.
pub(crate) const RUNAWAY: (&str, u64, u64) = ("migrator", 14, 6_000);

/// How many teams there are.
pub(crate) fn teams() -> usize {
    CAST.iter().map(|agent| agent.team).collect::<std::collections::BTreeSet<_>>().len()
}
