#!/usr/bin/env bash
# Signs in with the AWS CLI v2 and registers the session, so that it can be ended when its user leaves.
#
#   REVOCATION_API=https://….execute-api.eu-west-1.amazonaws.com register-after-login.sh PROFILE
#
# PROFILE is a profile of IAM Identity Center. The file is posted as it is: whose session it is, the caller's role session
# says, because IAM Identity Center names it after the user. Its role needs `execute-api:Invoke` on the route `PUT /sessions`.
#
# If the API is in another account, set REGISTRAR_ROLE_ARN to the stack's output of that name, and IDENTITY_CENTER_USER_ID to
# your own user id: AWS lets nobody assume that role under another name. The profile's role then needs `sts:AssumeRole` on it.
#
# A team puts this behind the command that its people sign in with. Secrets pass through pipes only, never in arguments.
set -euo pipefail

profile=${1:?Usage: REVOCATION_API=https://… $0 PROFILE}
api=${REVOCATION_API:?Set REVOCATION_API to the ApiUrl that cdk deploy printed}
region=${REVOCATION_REGION:-$(sed -nE 's#.*execute-api\.([a-z0-9-]+)\..*#\1#p' <<<"$api")}
: "${region:?Set REVOCATION_REGION: a custom domain does not tell the region of the API}"
[[ ${SKIP_LOGIN:-} ]] || aws sso login --profile "$profile"

# The CLI names the file after the sso-session, or after the start URL in profiles without one.
name=$(aws configure get sso_session --profile "$profile" || aws configure get sso_start_url --profile "$profile")
file=${HOME}/.aws/sso/cache/$(printf %s "$name" | sha1sum | cut -d' ' -f1).json
[[ -r $file ]] || { echo "There is no token-cache file $file: did the sign-in succeed?" >&2; exit 1; }

if [[ ${REGISTRAR_ROLE_ARN:-} ]]; then
  : "${IDENTITY_CENTER_USER_ID:?Set IDENTITY_CENTER_USER_ID to your own user id, such as 906791299c-0a1b…}"
  keys=$(aws sts assume-role --profile "$profile" --role-arn "$REGISTRAR_ROLE_ARN" \
    --role-session-name "$IDENTITY_CENTER_USER_ID" --duration-seconds 900 \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
else
  # Not within eval: that would hide a failure.
  keys=$(aws configure export-credentials --profile "$profile" --format env-no-export)
  eval "$keys"
fi

curl --silent --show-error --fail-with-body --request PUT "${api%/}/sessions" \
  --header 'content-type: application/json' --data-binary "@$file" \
  --aws-sigv4 "aws:amz:$region:execute-api" \
  --config <(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
    "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN")
echo
