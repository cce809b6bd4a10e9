"""The built-in backbone `mintune/tiny`: shape, tokenizer, the recipe that taught it, and its shipped weights."""
