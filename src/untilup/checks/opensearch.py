"""opensearch:// - up when the cluster's status is yellow or green, or if it requires credentials and the target has none.

Tested with documented answers, not with OpenSearch.
"""

from __future__ import annotations

from untilup.checks import elasticsearch

SYNTAX = elasticsearch.SYNTAX.alias(
    "opensearch://search", "opensearch://admin:password@search#tls&insecure"
)
validate = elasticsearch.validate
ask = elasticsearch.ask
