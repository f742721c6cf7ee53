"""Which articles are one report printed by several outlets."""

from __future__ import annotations

from transforms.article import Article, content_hash, squash


def syndication_id(article: Article) -> str:
    """Hash of the body without its headline, letters and digits only, in lower case: the same for copies that differ in make-up alone."""
    body = article.text
    if article.title and body.startswith(article.title.strip()):
        body = body[len(article.title.strip()) :]
    return content_hash(squash(body))
