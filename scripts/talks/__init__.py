"""Golden conversations: calls on the wire's two cores, and exactly what they answer. Both languages must answer the same."""
