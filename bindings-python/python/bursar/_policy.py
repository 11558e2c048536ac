"""A policy as programs have it: the path of a file, its text, or a dict with the same keys."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Policy = str | os.PathLike[str] | Mapping[str, Any]


def policy_arguments(policy: Policy | None) -> dict[str, str]:
    """Return a policy as the core takes it: the path of a file, TOML text, or a dict.

    >>> policy_arguments("[statement]"), policy_arguments("policy.toml")
    ({'policy_toml': '[statement]'}, {'policy_path': 'policy.toml'})
    """
    if policy is None:
        return {}
    if isinstance(policy, os.PathLike):
        return {"policy_path": os.fspath(policy)}
    if isinstance(policy, str):
        # A policy in TOML has at least one line with a table or a key in it; a path has neither.
        is_text = "\n" in policy or "=" in policy or policy.lstrip().startswith("[")
        return {"policy_toml": policy} if is_text or not policy.strip() else {"policy_path": policy}
    return {"policy_json": json.dumps(policy, default=_plain)}


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    message = f"a policy holds text, numbers, lists and dicts, not {type(value).__name__}"
    raise TypeError(message)
