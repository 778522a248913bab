"""For programs: studies, screens, ratings, agreement, exports."""
