"""The built-in backbone `mintune/tiny`: its shape, its tokenizer, the recipe that taught it, and its shipped weights."""
