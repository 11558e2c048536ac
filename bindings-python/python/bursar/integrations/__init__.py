"""Integrations with the SDKs and frameworks of agents, each imported only when it is used."""
