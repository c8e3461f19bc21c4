"""The documentation site: which pages it has, where they come from, how it is built and checked."""
