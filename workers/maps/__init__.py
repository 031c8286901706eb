"""Attention maps: what one sample's file holds, by the task of the run."""
