#!/usr/bin/perl
# run.pl JOBS TEST... - run tests that print TAP, as prove(1) does, and end
# with a line "N passed, N failed".
#
# A test that breaks off, prints no plan or exits with an error counts as a
# failure even if none of its lines says so. Skipped tests are neither.
use strict;
use warnings;
use TAP::Harness;

my ($jobs, @tests) = @ARGV;

# Programs as they are; scripts by their first line, whether or not the x bit
# survived. No test may hang for good.
sub command {
    my (undef, $test) = @_;
    my @by;
    if ($test =~ /\.(sh|pl|py)$/ && open my $in, '<', $test) {
        @by = split ' ', $1 if <$in> =~ /^#!\s*(.+)/;
    }
    return ['timeout', $ENV{TEST_TIMEOUT} || 600, @by, $test];
}

my $harness = TAP::Harness->new({
    jobs => $jobs, exec => \&command, verbosity => $ENV{V} ? 1 : 0,
    failures => 1, timer => 1, show_count => 0,
});
my $all = $harness->runtests(@tests);

my ($failed, $skipped) = (0, scalar $all->skipped);
for my $parser ($all->parsers) {
    my $count = () = $parser->failed;
    my $broken = $parser->has_problems || $parser->exit;
    $failed += $count || ($broken ? 1 : 0);
    $skipped++ if $parser->skip_all;
}
my $passed = $all->passed - $all->skipped;

print "$skipped skipped\n" if $skipped > 0;
print "$passed passed, $failed failed\n";
exit($failed > 0 || $passed == 0);
