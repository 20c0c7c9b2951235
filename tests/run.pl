#!/usr/bin/perl
# run.pl JOBS TEST... - runs tests that print TAP, as prove(1) does, and ends
# with a line "N passed, N failed". Each case of tests/cli is a test, too.
#
# A test that breaks off, prints no plan or exits with an error counts as a
# failure even if none of its lines fails. Skipped tests count as neither.
#
# Each process of a test has TEST_CPU seconds of processor time, so a busy
# machine makes no difference. TEST_TIMEOUT, in seconds on the clock, ends only
# tests that wait forever.
use strict;
use warnings;
use TAP::Harness;

my ($jobs, @tests) = @ARGV;

my $cpu = $ENV{TEST_CPU} || 600;
my $timeout = $ENV{TEST_TIMEOUT} || 7200;
my @limited = ('sh', '-c', 'ulimit -S -t "$1" && shift && exec "$@"', 'sh', $cpu,
               'timeout', $timeout);

# Programs as they are; scripts by their first line, whether or not the x bit
# survived.
sub command {
    my (undef, $test) = @_;
    my @by;
    return [@limited, 'sh', 'tests/cli.sh', $1]
        if $test =~ m{^tests/cli/(.+)\.sh$};
    if ($test =~ /\.(sh|pl|py)$/ && open my $in, '<', $test) {
        @by = split ' ', $1 if <$in> =~ /^#!\s*(.+)/;
    }
    return [@limited, @by, $test];
}

my $harness = TAP::Harness->new({
    jobs => $jobs, exec => \&command, verbosity => $ENV{V} ? 1 : 0,
    failures => 1, timer => 1, show_count => 0,
});

# The lines of what failed, with the comments after them.
my %said;
$harness->callback(made_parser => sub {
    my ($parser, $job) = @_;
    my $after_failure;

    $parser->callback(test => sub {
        $after_failure = !$_[0]->is_ok;
        push @{$said{$job->[1]}}, $_[0]->raw if $after_failure;
    });
    $parser->callback(comment => sub {
        push @{$said{$job->[1]}}, $_[0]->raw if $after_failure;
    });
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

for my $test (sort keys %said) {
    print "== $test\n", map { "$_\n" } @{$said{$test}};
}
print "$skipped skipped\n" if $skipped > 0;
print "$passed passed, $failed failed\n";
exit($failed > 0 || $passed == 0);
