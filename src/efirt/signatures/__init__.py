"""Judging and making the signatures of authenticated writes; needs the extra ``efirt[secureboot]``."""
