"""As much of GitHub's GraphQL schema as there is anything to say about, executed by graphql-core."""

from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync

from snippets.compat.gists.viewer import Viewer

LONGEST = 20_000  # characters of a query
MOST = 300  # words and signs in it: the client's own has 80, and each may be asked of a hundred gists

SCHEMA = build_schema("""
    scalar DateTime
    scalar URI
    enum GistPrivacy { ALL PUBLIC SECRET }
    enum GistOrderField { CREATED_AT }
    enum OrderDirection { DESC }
    input GistOrder { field: GistOrderField! direction: OrderDirection! }
    type Query { viewer: User! }
    type User {
        login: String!
        gists(first: Int, after: String, privacy: GistPrivacy = ALL, orderBy: GistOrder): GistConnection!
    }
    type GistConnection { nodes: [Gist!]! pageInfo: PageInfo! totalCount: Int! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Gist {
        id: ID!
        name: String!
        description: String
        files: [GistFile!]!
        isPublic: Boolean!
        isFork: Boolean!
        createdAt: DateTime!
        updatedAt: DateTime!
        url: URI!
    }
    type GistFile { name: String! size: Int! text: String! }
""")


def run(query: str, variables: dict[str, Any] | None, operation: str | None) -> dict[str, Any]:
    """Return the answer to a query of the present request's caller, as GraphQL's specification formats it.

    Raises whatever fails on our side.
    """
    try:
        result = graphql_sync(
            SCHEMA,
            query,
            {"viewer": Viewer()},
            variable_values=variables,
            operation_name=operation,
            max_tokens=MOST,
            max_source_length=LONGEST,
            max_errors=10,
        )
    except RecursionError:
        return {"errors": [{"message": "The query is nested too deeply."}]}
    for each in result.errors or ():
        if each.original_error and not isinstance(each.original_error, GraphQLError):
            raise each.original_error  # ours, as when the database is away: its words are not for the caller
    return dict(result.formatted)
