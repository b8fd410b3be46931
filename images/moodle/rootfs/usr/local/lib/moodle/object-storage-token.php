<?php
/**
 * Gets the signature (SAS) by which tool_objectfs reaches the blob container, and writes it to the pod's own directory.
 *
 * The plugin knows no other way to sign in. A signature made with the account's key would be a long-lived secret; this is
 * a user delegation SAS: the pod's workload identity asks Entra ID for a token, the storage account for a key of that
 * identity, and signs with it for a day, for one container, within the identity's own role.
 * https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
 *
 * Prints when the signature ends. Exit code 1 and one sentence when there is none.
 */

require_once(__DIR__ . '/settings.php');

/** Of the service, of the key and of the signature. */
const STORAGE_VERSION = '2022-11-02';
/** A day: several renewals may fail before a pod is without. A key may live seven days. */
const LIFE_SECONDS = 86400;
/** Machines' clocks differ. */
const SKEW_SECONDS = 300;

/** One request. Neither the token nor the answer is ever in a message. */
function ask(string $what, string $url, array $headers, string $body): string {
    $request = curl_init($url);
    curl_setopt_array($request, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 10,
        CURLOPT_TIMEOUT => 30,
    ]);
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($answer === false || $status !== 200) {
        $code = preg_match('/<Code>(\w+)|"error":\s*"(\w+)/', (string) $answer, $found) ? ' ' . end($found) : '';
        throw new RuntimeException("$what: " . ($answer === false ? curl_error($request) : "HTTP $status$code"));
    }
    return $answer;
}

/** A token of the pod's identity, for storage. The variables come from AKS's workload identity webhook. */
function storage_token(): string {
    $authority = rtrim(moodle_env('AZURE_AUTHORITY_HOST'), '/');
    $answer = ask('Entra ID gives no token', "$authority/" . moodle_env('AZURE_TENANT_ID') . '/oauth2/v2.0/token', [], http_build_query([
        'grant_type' => 'client_credentials',
        'client_id' => moodle_env('AZURE_CLIENT_ID'),
        'scope' => 'https://storage.azure.com/.default',
        'client_assertion_type' => 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        'client_assertion' => trim((string) file_get_contents(moodle_env('AZURE_FEDERATED_TOKEN_FILE'))),
    ]));
    return json_decode($answer, true, 4, JSON_THROW_ON_ERROR)['access_token'];
}

/** The key with which the identity may sign, as the service's XML. */
function delegation_key(string $endpoint, string $token, string $start, string $end): SimpleXMLElement {
    $headers = ["Authorization: Bearer $token", 'x-ms-version: ' . STORAGE_VERSION, 'Content-Type: application/xml'];
    $body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>$start</Start><Expiry>$end</Expiry></KeyInfo>";
    $answer = ask('The storage account gives no key', "$endpoint/?restype=service&comp=userdelegationkey", $headers, $body);
    return new SimpleXMLElement(ltrim($answer, "\xEF\xBB\xBF"));
}

/** The signature's parameters. Read, add, create, write, delete and list, in the order that the service wants. */
function signature(SimpleXMLElement $key, string $account, string $container, string $start, string $end): string {
    $fields = [
        'sp' => 'racwdl',
        'st' => $start,
        'se' => $end,
        'skoid' => (string) $key->SignedOid,
        'sktid' => (string) $key->SignedTid,
        'skt' => (string) $key->SignedStart,
        'ske' => (string) $key->SignedExpiry,
        'sks' => (string) $key->SignedService,
        'skv' => (string) $key->SignedVersion,
        'spr' => 'https',
        'sv' => STORAGE_VERSION,
        'sr' => 'c',
    ];
    $text = implode("\n", [
        $fields['sp'], $fields['st'], $fields['se'], "/blob/$account/$container",
        $fields['skoid'], $fields['sktid'], $fields['skt'], $fields['ske'], $fields['sks'], $fields['skv'],
        // No other user, no correlation id, any address.
        '', '', '', '',
        $fields['spr'], $fields['sv'], $fields['sr'],
        // No snapshot, no encryption scope, no response headers.
        '', '', '', '', '', '', '',
    ]);
    $fields['sig'] = base64_encode(hash_hmac('sha256', $text, base64_decode((string) $key->Value), true));
    return http_build_query($fields, '', '&', PHP_QUERY_RFC3986);
}

try {
    $account = moodle_env('MOODLE_OBJECT_STORAGE_ACCOUNT');
    $endpoint = rtrim(moodle_env_or('MOODLE_OBJECT_STORAGE_ENDPOINT', "https://$account.blob.core.windows.net"), '/');
    $start = gmdate('Y-m-d\TH:i:s\Z', time() - SKEW_SECONDS);
    $end = gmdate('Y-m-d\TH:i:s\Z', time() + LIFE_SECONDS);
    $key = delegation_key($endpoint, storage_token(), $start, $end);
    $file = moodle_object_storage_file();
    umask(0077);
    if (file_put_contents("$file.new", signature($key, $account, moodle_env('MOODLE_OBJECT_STORAGE_CONTAINER'), $start, $end)) === false || !rename("$file.new", $file)) {
        throw new RuntimeException("$file cannot be written");
    }
    echo "Object storage: signed in until $end\n";
} catch (Throwable $error) {
    fwrite(STDERR, "Object storage: {$error->getMessage()}\n");
    exit(1);
}
