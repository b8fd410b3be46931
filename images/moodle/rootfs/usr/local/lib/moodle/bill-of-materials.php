<?php
/**
 * Prints what the image is made of, as an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/): Debian's packages,
 * Moodle and its plugins. Argument: the list that fetch-code wrote. The output depends on nothing but the contents, so
 * that the same image has the same bill.
 */

/** @return string[][] rows of the columns of a text */
function rows(string $text): array {
    return array_map(fn (string $line): array => explode("\t", $line), array_filter(explode("\n", $text), 'strlen'));
}

/** An SPDX identifier: letters, digits, dot and hyphen only. */
function identifier(string $name): string {
    return 'SPDXRef-' . preg_replace('/[^A-Za-z0-9.-]/', '-', $name);
}

function package(string $name, string $version, string $location, array $more): array {
    return [
        'SPDXID' => identifier($name),
        'name' => $name,
        'versionInfo' => $version,
        'downloadLocation' => $location,
        'filesAnalyzed' => false,
    ] + $more;
}

/** Reference by package URL: https://github.com/package-url/purl-spec */
function debian_reference(string $name, string $version): array {
    return [[
        'referenceCategory' => 'PACKAGE-MANAGER',
        'referenceType' => 'purl',
        'referenceLocator' => 'pkg:deb/debian/' . rawurlencode($name) . '@' . rawurlencode($version),
    ]];
}

/** The version that Moodle and each plugin state in their version.php, read and not run. */
function stated_version(string $path): string {
    preg_match('/^\s*\$(?:plugin->|module->)?release\s*=\s*[\'"]([^\'"]+)/m', (string) @file_get_contents($path), $found);
    return $found[1] ?? 'NOASSERTION';
}

$root = '/var/www/html';
$web = is_file("$root/public/version.php") ? "$root/public" : $root;
$packages = [];
foreach (rows((string) file_get_contents($argv[1])) as [$name, $url, $sha256]) {
    $version = stated_version($name === 'moodle' ? "$web/version.php" : "$web/$name/version.php");
    $checksums = [['algorithm' => 'SHA256', 'checksumValue' => $sha256]];
    $packages[] = package($name, $version, $url, ['checksums' => $checksums]);
}
$installed = rows((string) shell_exec("dpkg-query --show --showformat='\${Package}\t\${Version}\n'"));
sort($installed);
foreach ($installed as [$name, $version]) {
    $packages[] = package("deb-$name", $version, 'NOASSERTION', ['externalRefs' => debian_reference($name, $version)]);
}
$digest = hash('sha256', serialize($packages));
echo json_encode([
    'spdxVersion' => 'SPDX-2.3',
    'dataLicense' => 'CC0-1.0',
    'SPDXID' => 'SPDXRef-DOCUMENT',
    'name' => 'moodle-image',
    'documentNamespace' => "https://spdx.org/spdxdocs/moodle-high-scale-$digest",
    // A date would make two equal images differ.
    'creationInfo' => ['created' => '1970-01-01T00:00:00Z', 'creators' => ['Tool: moodle-high-scale']],
    'packages' => $packages,
    'relationships' => array_map(fn (array $package): array => [
        'spdxElementId' => 'SPDXRef-DOCUMENT',
        'relationshipType' => 'DESCRIBES',
        'relatedSpdxElement' => $package['SPDXID'],
    ], $packages),
], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";
