"""vLLM, as a server that lives as long as the job, or inside the job's own process."""
