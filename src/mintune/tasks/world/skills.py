"""Which of the backbone's primitives each task of the world is composed of, on either side.

The names are those of `primitives.PRIMITIVES`. A backbone that has mastered all of them can be tuned to the tasks;
where a task fails, its skills tell where to look first.
"""

from __future__ import annotations

SKILLS: dict[str, tuple[str, ...]] = {
    "part_colour": ("shape_colour", "text_fact"),
    "blue_part": ("shape_has_colour", "text_mentions"),
    "best_seller": ("bar_tallest", "text_fact"),
    "green_goal": ("bar_over", "text_over"),
    "password": ("word_read", "text_fact"),
    "red_points": ("table_cell", "text_lookup"),
    "door_sign": ("icon_naming", "text_fact"),
    "locker_parity": ("digit_parity", "text_parity"),
    "ticket_number": ("digit_number", "text_number"),
    "star_place": ("shape_position",),
    "blue_sales": ("bar_height",),
    "worst_seller": ("bar_lowest",),
    "label_word": ("word_read",),
    "red_second": ("table_cell",),
    "blue_larger": ("table_larger",),
    "key_colour": ("icon_colour",),
    "boat_there": ("icon_exists",),
    "meter": ("digit_number",),
    "ordered_colour": ("text_fact",),
    "for_mia": ("text_mentions",),
    "red_buyer": ("text_reverse_lookup",),
    "tom_needs": ("text_lookup",),
    "shelf": ("text_fact",),
    "ana_room": ("text_lookup", "text_number"),
    "meeting_place": ("text_fact",),
    "many_guests": ("text_over",),
    "total_digit": ("text_last_of_sum",),
    "buyer_colour": ("shape_colour", "text_fact"),
    "stock_count": ("shape_count_colour", "text_fact"),
    "more_sales": ("bar_compare", "text_lookup"),
    "right_word": ("word_is", "text_fact"),
    "caretaker": ("word_category", "text_reverse_lookup"),
    "price": ("table_cell", "text_fact"),
    "treasure": ("icon_name_at", "text_fact"),
    "corner": ("icon_position", "text_fact"),
    "new_count": ("digit_last_of_sum", "digit_plus", "text_number"),
    "box_sign": ("icon_naming", "text_fact"),
    "winning_number": ("table_cell", "text_fact", "text_number"),
    "winning_colour": ("bar_tallest", "text_fact"),
    "guest_colour": ("shape_colour", "text_fact"),
}
