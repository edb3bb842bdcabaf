"""The paper's claims as statements that were written before looking, and what this study's scores say of each."""
