#!/usr/bin/env bash
# Signs in with the AWS CLI v2 and registers the session, so that it can be ended when its user leaves.
#
#   REVOCATION_API=https://….execute-api.eu-west-1.amazonaws.com register-after-login.sh PROFILE
#
# PROFILE is a profile of IAM Identity Center whose role may `execute-api:Invoke` the route `PUT /sessions`. Whose session
# it is, the role session says: IAM Identity Center names it after the user. IDENTITY_CENTER_USER_ID=… saves the look-up.
# A team puts this behind the command that its people sign in with. Secrets pass through pipes only, never in arguments.
set -euo pipefail

profile=${1:?Usage: REVOCATION_API=https://… $0 PROFILE}
api=${REVOCATION_API:?Set REVOCATION_API to the ApiUrl that cdk deploy printed}
[[ ${SKIP_LOGIN:-} ]] || aws sso login --profile "$profile"

# The CLI names the file after the sso-session, or after the start URL in profiles without one.
name=$(aws configure get sso_session --profile "$profile" || aws configure get sso_start_url --profile "$profile")
file=${HOME}/.aws/sso/cache/$(printf %s "$name" | sha1sum | cut -d' ' -f1).json
[[ -r $file ]] || { echo "There is no token-cache file $file: did the sign-in succeed?" >&2; exit 1; }

if [[ ${IDENTITY_CENTER_USER_ID:-} ]]; then
  user="\"userId\":\"$IDENTITY_CENTER_USER_ID\""
else
  caller=$(aws sts get-caller-identity --profile "$profile" --query UserId --output text)
  user="\"userName\":\"${caller#*:}\""
fi

eval "$(aws configure export-credentials --profile "$profile" --format env-no-export)"
region=${REVOCATION_REGION:-$(sed -nE 's#.*execute-api\.([a-z0-9-]+)\..*#\1#p' <<<"$api")}
: "${region:?Set REVOCATION_REGION: a custom domain does not tell the region of the API}"

sed "1s/{/{$user,/" "$file" |
  curl --silent --show-error --fail-with-body --request PUT "${api%/}/sessions" \
    --header 'content-type: application/json' --data-binary @- \
    --aws-sigv4 "aws:amz:$region:execute-api" \
    --config <(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
      "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${AWS_SESSION_TOKEN:-}")
echo
