//! Clouds, clusters and repositories.

use super::Line;
use crate::toolcall::danger::Danger::*;

pub const LINES: &[Line] = &[
    // Shared resources lost.
    ("git", "^push$ --force$|^-f$|^+main$|^+master$ main|master|production|release|!origin", Irreversible),
    ("git", "^push$ --delete|^-d$|^:main$|^:master$|^:release main|master|release|production", Irreversible),
    ("git", "^push$ --mirror", Irreversible),
    ("git", "^filter-branch$|^filter-repo$ --all|--force", Irreversible),
    ("terraform|tofu|pulumi|terragrunt|cdk", "^destroy$|destroy-all", Irreversible),
    (
        "kubectl|oc",
        "^delete$ ^ns$|^namespace|^namespaces|--all|^pv$|^pvc$|^crd$|^node$|^nodes$",
        Irreversible,
    ),
    ("helm", "^uninstall$|^delete$ prod", Irreversible),
    ("aws", "^s3$ ^rb$|--recursive ^rb$|^rm$", Irreversible),
    (
        "aws",
        "delete-bucket|terminate-instances|delete-db-instance|delete-db-cluster|delete-stack|delete-table|delete-snapshot|delete-volume|delete-key|schedule-key-deletion|delete-user|delete-file-system|deregister-image|delete-function|delete-cluster",
        Irreversible,
    ),
    ("gcloud", "^delete$ projects|instances|clusters|sql|databases|buckets|disks|snapshots", Irreversible),
    ("gsutil", "^rm$|^rb$ -r|-f", Irreversible),
    ("az", "^delete$ ^group$|^vm$|storage|^sql$|keyvault|^disk$|snapshot|^aks$", Irreversible),
    ("gh", "^repo$|^release$ ^delete$", Irreversible),
    ("npm|yarn|pnpm|cargo", "^unpublish$", Irreversible),
    (
        "heroku|fly|flyctl|railway|vercel|doctl",
        "destroy|^remove$|apps:destroy|^delete$ --yes|--confirm|-y|--force",
        Irreversible,
    ),
    (
        "rake|rails|artisan|php|python|python3|manage.py",
        "db:drop|db:reset|migrate:fresh|^flush$|^reset_db$ --force|--no-input|--noinput|db:drop|db:reset",
        Irreversible,
    ),
    // Cloud persistence and evasion.
    (
        "aws",
        "create-access-key|create-login-profile|update-login-profile|attach-user-policy|put-user-policy|attach-role-policy|create-policy-version|update-assume-role-policy|add-user-to-group",
        Escalate,
    ),
    ("aws", "^iam$ create-user|create-role", Account),
    (
        "aws",
        "delete-trail|stop-logging|update-trail|put-event-selectors|delete-flow-logs|delete-detector|update-detector|delete-log-group|delete-log-stream|delete-configuration-recorder|stop-configuration-recorder|delete-alarms|delete-config-rule|delete-web-acl|disassociate-from-master",
        Evade,
    ),
    (
        "aws",
        "get-secret-value|get-password-data|get-session-token|get-federation-token|get-parameters|get-parameter$ --with-decryption|get-secret-value|get-password-data|get-session-token|get-federation-token",
        Credentials,
    ),
    (
        "aws",
        "modify-snapshot-attribute|modify-image-attribute|put-bucket-policy|put-bucket-acl|put-object-acl|modify-db-snapshot-attribute --attribute|all|public|*|principal",
        Exfiltrate,
    ),
    // What guards and what tells; other things are switched off every day.
    (
        "aws",
        "disable- ^guardduty$|^securityhub$|^macie2$|^inspector2$|^cloudtrail$|^detective$|^controltower$|^accessanalyzer$|^kms$|encryption|block-public|logging|alarm|insight|security|admin-account",
        Evade,
    ),
    ("aws", "authorize-security-group 0.0.0.0/0|::/0", Evade),
    ("aws", "send-command|start-session|execute-command", Lateral),
    (
        "gcloud",
        "set-iam-policy|add-iam-policy-binding allusers|roles/owner|roles/editor|allauthenticatedusers|admin",
        Escalate,
    ),
    ("gcloud", "^keys$ ^create$ service-accounts", Credentials),
    ("gcloud|gsutil", "sinks|logging ^delete$|^update$", Evade),
    ("gsutil", "^iam$|^acl$ allusers|public", Exfiltrate),
    (
        "az",
        "diagnostic-settings|activity-log|defender|eventhubs|^monitor$ ^delete$|^update$|^disable$",
        Evade,
    ),
    ("az", "^role$ ^assignment$ ^create$ owner|contributor|admin", Escalate),
    ("az", "^keyvault$ ^secret$ ^show$|^download$", Credentials),
    ("az", "^ad$ ^user$|^sp$ ^create|create-for-rbac", Account),
    ("az", "get-access-token|list-keys", Credentials),
    ("az|aws|gcloud", "run-command|ssm^send", Lateral),
    ("kubectl|oc", "^create$ clusterrolebinding|rolebinding cluster-admin|admin", Escalate),
    ("kubectl|oc", "^get$ ^secret -o|--output|^-a$|--all-namespaces", Credentials),
    ("kubectl|oc", "^run$|^apply$|^create$ privileged|hostpath|hostnetwork|hostpid", Escalate),
];
