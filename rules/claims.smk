rule claims:
    input:
        asked=STUDY.claims.items(),
        scores=files(STUDY.claims.scores()),
        traces=files(STUDY.claims.traces()),
        external=files(STUDY.claims.external()),
    output:
        csv=report(paths.CLAIMS.csv, caption="../report/claims.rst", category="Claims"),
        carried_by=paths.CLAIMS.carried_by,
        html=report(paths.CLAIMS.html, caption="../report/claims.rst", category="Claims"),
        meta=paths.CLAIMS.meta,
    log:
        "logs/claims.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.claims.job()),
    shell:
        "python -m scripts.check_claims {output.csv:q} 2>&1 | tee {log:q}"


use rule claims as claims_of_base with:
    input:
        asked=STUDY.claims.items(),
        scores=files(STUDY.claims.base_scores()),
        traces=[],
        external=[],
    output:
        **paths.CLAIMS_OF_BASE.declared,
    log:
        "logs/claims_of_base.log",
    params:
        job=LAUNCHER.job(STUDY.claims.job(experiments=False)),
