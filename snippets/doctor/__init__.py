"""What `flask snippets doctor` looks at: each part of the site in turn, and how to mend what is not well."""
