"""A document in any format -> text with a block structure; `reading` is the only module that others import."""
