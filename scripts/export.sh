# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154 # jq's variables; sentrix says where it is
# `sentrix export`: flags and cases in the words of other tools. It is read, not run.
#
# OCSF 1.5.0, class 2004 (Detection Finding), one finding a line: a flag creates a finding, a case updates it, under the flag's id.
# SARIF 2.1.0, one log, written by `sentrix-patrol sarif`: every piece of evidence is a result, and so is every case.

export_help() {
    cat <<'END_OF_HELP'
Usage: sentrix export [OPTIONS]

  --format FORMAT   ocsf: one finding a line (default); sarif: one log
  --flags           flags alone
  --cases           cases alone
  --dir DIR         the log directory (./agent_logs)

Snippets are redacted, as they are in the flags. Exit 3: a line could not be read, the rest is there.

Examples:
  sentrix export | curl -T - https://siem.example/ocsf
  sentrix export --format sarif --flags > flags.sarif
END_OF_HELP
}

# Whatever another version left out has a value all the same.
export_words='
def text: if . == null then "" elif type == "string" then . else tojson end;
def list: if type == "array" then . else [] end;
def number: if type == "number" then . else 0 end;
# RFC 3339 of any precision, as milliseconds; what is no time is 0.
def millis:
  (capture("^(?<s>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\\.(?<f>[0-9]+))?")
    | ((.s + "Z" | fromdateiso8601) * 1000) + (((.f // "") + "000")[0:3] | tonumber)) // 0;
def time: [text | millis] | first // 0;
# The same in a form that sorts: a time of fewer digits is not a later one.
def instant: split(".") | .[0][0:19] + "." + (((.[1] // "") | rtrimstr("Z")) + "000000000")[0:9];
# One entry a finding; in a case, findings stand below the place where they are.
def evidence: [.evidence | list | .[] | objects | if .findings then . as $place | .findings | list | .[] | objects | $place + . else . end];
'

export_findings='
def graded: {"CLEAN": [1, "Informational"], "LOW": [2, "Low"], "MEDIUM": [3, "Medium"], "HIGH": [4, "High"], "CRITICAL": [5, "Critical"]}[text] // [0, "Unknown"];
def sure: if . >= 0.8 then [3, "High"] elif . >= 0.5 then [2, "Medium"] else [1, "Low"] end;
def analytic($category):
  (if startswith("judge.") then [4, "Learning (ML/DL)"] else [1, "Rule"] end) as $kind
  | {type_id: $kind[0], type: $kind[1], name: ., uid: ., category: $category};
def proof: {
  file: {name: (.file | text), type_id: 1, type: "Regular File"},
  data: {start: .start, "end": .end, blake3: .blake3, field: .field, rule: .rule, version: .version, category: .category, label: .label, snippet: .snippet, fingerprint: .fingerprint}
};
def finding($activity; $grade; $confidence; $time; $uid):
  ($grade | graded) as $severity | ($confidence | sure) as $sureness
  | {
    activity_id: $activity[0], activity_name: $activity[1],
    category_uid: 2, category_name: "Findings",
    class_uid: 2004, class_name: "Detection Finding",
    type_uid: (200400 + $activity[0]), type_name: ("Detection Finding: " + $activity[1]),
    time: $time,
    severity_id: $severity[0], severity: $severity[1],
    confidence_id: $sureness[0], confidence: $sureness[1], confidence_score: ($confidence * 100 | round),
    is_alert: ($severity[0] >= 4),
    metadata: {
      version: "1.5.0", uid: $uid,
      product: {name: "Sentrix", vendor_name: "Sentrix", version: $version}
    }
  };
def flag:
  (.categories | list | map(text)) as $categories | (.pii_labels_union | list | map(text)) as $labels
  | finding([1, "Create"]; .consensus_severity; .consensus_confidence | number; .timestamp | time; .flag_id | text)
  + {
    status_id: 1, status: "New",
    message: (.referral_summary | text),
    finding_info: {
      uid: (.flag_id | text),
      title: (([$categories, $labels] | map(select(length > 0) | join(", ")) | join(": ")) | if . == "" then "flag" else . end),
      desc: (.referral_summary | text),
      types: $categories,
      created_time: (.timestamp | time),
      data_sources: [.source_file | text],
      analytic: ((evidence | map(.rule | text) | first // "") as $rule
        | if $rule == "" then (.votes | list | map(objects | .source_agent | text) | first // "patrol") | {type_id: 0, type: "Unknown", name: ., uid: .}
          else $rule | analytic($categories[0] // "other") end),
      related_analytics: [evidence | map({rule: (.rule | text), category: (.category | text)}) | unique | .[] | .category as $category | .rule | analytic($category)]
    },
    resources: [{type: "agent turn", uid: (.run_id_ts | text), name: (.source_file | text)}],
    evidences: [evidence[] | proof],
    unmapped: {votes: (.votes | list), pheromone_level: (.pheromone_level | number)}
  }
  | .metadata += {log_name: "patrol_flags.jsonl", labels: $labels}
  | if .evidences == [] then del(.evidences, .finding_info.related_analytics) else . end;
def case:
  finding([2, "Update"]; .severity_score; .confidence | number; .concluded_at | time; .investigation_id | text)
  + {
    status_id: 2, status: "In Progress",
    message: (.verdict_summary | text),
    finding_info: {
      uid: (.flag_id | text),
      title: (.crime_classification | text | if . == "" then "case" else . end),
      desc: (.case_facts | text),
      types: [.crime_classification | text],
      modified_time: (.concluded_at | time),
      data_sources: [.source_file | text]
    },
    resources: [.relevant_log_ids | list | .[] | {type: "agent turn", uid: text}],
    evidences: [evidence[] | proof]
  }
  | .metadata += {log_name: "police.db"}
  | if .evidences == [] then del(.evidences) else . end
  | if .resources == [] then del(.resources) else . end;
if .kind == "flag" then .record | flag else .record | case end
'

# Each line as a record of this kind, every id once; a line that is no record is marked.
export_records='
foreach (inputs | select(test("\\S")) | (try (fromjson | objects) catch null) // {}) as $record ({};
  ($record.flag_id // $record.investigation_id | text) as $id
  | if $id == "" then .now = {kind: "bad"} elif .seen[$id] then .now = null else .seen[$id] = true | .now = {kind: $kind, record: $record} end;
  .now // empty)
'

export_take() {
    jq -cnR --arg kind "$1" "$export_words$export_records" >>"$work/records"
}

export_() {
    format=ocsf flags=1 cases=1
    while [ $# -gt 0 ]; do
        case $1 in
            --format)
                need "$@"
                format=$2
                shift
                ;;
            --format=*) format=${1#*=} ;;
            --flags) cases= ;;
            --cases) flags= ;;
            -h | --help)
                export_help
                return 0
                ;;
            *) die 2 "export: unknown option $1; \`sentrix export --help\` lists them" ;;
        esac
        shift
    done
    case $format in
        ocsf) command -v jq >/dev/null || die 4 "jq is not installed, and OCSF is made with it; on Debian: apt-get install jq" ;;
        sarif) ;;
        *) die 2 "export: --format $format is not ocsf or sarif" ;;
    esac
    [ -n "$flags$cases" ] || die 2 "export: --flags is flags alone and --cases cases alone; leave out both for all"
    [ -d "$SENTRIX_LOG_DIR" ] || die 4 "there is no log directory $SENTRIX_LOG_DIR; --dir names another"
    police=$(program sentrix-police)
    work=$(mktemp -d "${TMPDIR:-/tmp}/sentrix-export.XXXXXX") || die 4 "cannot make a directory in ${TMPDIR:-/tmp}"
    trap 'rm -rf "$work"' EXIT
    file=$SENTRIX_LOG_DIR/patrol_flags.jsonl
    : >"$work/cases"
    if [ -n "$cases" ] && [ -f "$SENTRIX_LOG_DIR/police.db" ]; then
        "$police" list --json --limit 4294967295 >"$work/cases" || return $?
    fi
    [ -n "$flags" ] && [ -s "$file" ] || flags=
    [ -n "$flags" ] || [ -s "$work/cases" ] || say "nothing is flagged in $SENTRIX_LOG_DIR; \`sentrix patrol\` reviews the record"
    "export_$format"
}

export_sarif() {
    patrol=$(program sentrix-patrol)
    set -- "$work/cases"
    [ -z "$flags" ] || set -- "$file" "$@"
    "$patrol" sarif "$@"
}

export_ocsf() {
    : >"$work/records"
    if [ -n "$flags" ]; then
        export_take flag <"$file" || die 4 "cannot read $file"
    fi
    jq -cs "$export_words"'sort_by(.concluded_at | text | instant)[]' "$work/cases" | export_take case
    version=$("$police" --version | cut -d ' ' -f 2)
    grep -v '^{"kind":"bad"}$' "$work/records" | jq -c --arg version "$version" "$export_words$export_findings" || {
        status=$?
        [ "$status" = 141 ] && return 0 # nobody reads any more
        die 4 "jq could not write what is exported; see what it said above"
    }
    bad=$(grep -c '^{"kind":"bad"}$' "$work/records" || true)
    [ "$bad" = 0 ] && return 0
    warn "$bad lines of $file are no flags; the rest is exported"
    return 3
}
