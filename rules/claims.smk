rule claims:
    input:
        [path for _, path in STUDY.experiments.claim_scores()],
    output:
        csv=report("results/claims.csv", caption="../report/claims.rst", category="Claims"),
        carried_by="results/claims_items.csv",
        html=report("results/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        "logs/claims.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.experiments.claims_job().arguments,
        scores=[f"{name}={path}" for name, path in STUDY.experiments.claim_scores()],
    shell:
        "python -m scripts.check_claims {params.job} --scores {params.scores} --out {output.csv} 2>&1 | tee {log}"
