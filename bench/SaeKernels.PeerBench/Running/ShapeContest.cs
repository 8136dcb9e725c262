using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Times all trainers on one shape, in turns, round by round, and writes what came out.</summary>
internal sealed class ShapeContest : IDisposable
{
    private const int Batches = 4;

    // Until the JIT has recompiled what is hot, which it does in the background after 100 ms and thirty calls.
    private const double OwnWarmUpSeconds = 2;

    private readonly BenchPlan plan;
    private readonly StepShape shape;
    private readonly ResultKey key;
    private readonly PlantedBatches data;
    private readonly Ceilings ceilings;

    public ShapeContest(BenchPlan plan, StepShape shape, ExecutionMode mode)
    {
        this.plan = plan;
        this.shape = shape;
        this.ceilings = new Ceilings(plan.Threads);
        this.key = new ResultKey(mode, shape, plan.Threads, this.ceilings.Processor);
        this.data = new PlantedBatches(shape);
    }

    /// <summary>Runs the comparison of losses and all rounds, of each as many as are wanted.</summary>
    public void Run()
    {
        IReadOnlyDictionary<string, double> differences = this.plan.StepsForLoss > 0
            ? LossComparison.Run(this.plan, this.shape, this.data, this.key)
            : new Dictionary<string, double>();
        foreach ((string variant, double difference) in differences)
        {
            Progress.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{this.shape}: largest relative difference of the loss, {variant}: {difference:E2}"));
        }

        if (this.plan.Rounds == 0)
        {
            return;
        }

        List<Contestant> contestants = Open();
        PlayRounds(contestants);
        List<TimingRow> rows = [.. contestants.Select(contestant => Row(contestant, contestants, differences))];
        this.plan.Results.Add(rows);
        this.plan.Results.Add(contestants.SelectMany(Stages));
        ResultTable.Print(this.key, rows);
        contestants.ForEach(contestant => contestant.Trainer.Dispose());
    }

    public void Dispose() => this.ceilings.Dispose();

    private List<Contestant> Open()
    {
        return
        [
            .. this.plan.Ours.Select(precision =>
                new Contestant(new OwnTopK(this.data, this.shape, precision, this.plan.Threads))),
            .. this.plan.Peers.Where(peer => PeerCatalog.ActiveShareOf(peer) is not null)
                .DistinctBy(OwnRelu.NameOf)
                .Select(peer => new Contestant(new OwnRelu(peer, this.data, this.shape, this.plan.Threads))),
            .. this.plan.Peers.Select(peer => new Contestant(PeerCatalog.Create(peer, this.data, this.shape))),
        ];
    }

    private void PlayRounds(List<Contestant> contestants)
    {
        float[][] batches = [.. Enumerable.Range(0, Batches).Select(this.data.Next)];
        foreach (Contestant contestant in contestants)
        {
            contestant.WarmUp(batches, contestant.Trainer is OwnTrainer ? OwnWarmUpSeconds : 0);
        }

        for (int round = 0; round < this.plan.Rounds; round++)
        {
            this.ceilings.TakeTurn();
            for (int turn = 0; turn < contestants.Count; turn++)
            {
                // Each round begins with another, so that nobody always follows the same neighbour.
                contestants[(round + turn) % contestants.Count].TakeTurn(batches);
            }

            string times = string.Join("  ", contestants.Select(contestant => string.Create(
                CultureInfo.InvariantCulture, $"{contestant.Trainer.Name} {contestant.Milliseconds[^1]:F1}")));
            Progress.Say($"{this.shape}: round {round + 1} of {this.plan.Rounds}, ms a step: {times}");
        }
    }

    private TimingRow Row(
        Contestant contestant, List<Contestant> all, IReadOnlyDictionary<string, double> differences)
    {
        double? Over(string own) => all.Find(other => other.Trainer.Name == own) is Contestant ours
            ? contestant.Milliseconds.Over(ours.Milliseconds).Median()
            : null;

        string name = contestant.Trainer.Name;
        bool isRelu = PeerCatalog.ActiveShareOf(name) is not null;
        double gigaflop = TimingRow.EncoderOperations(this.shape) / 1e9;
        Samples rates = Samples.Of(contestant.EncodeMilliseconds.Select(milliseconds => 1e3 * gigaflop / milliseconds));
        return new TimingRow(this.key, name)
        {
            Rounds = this.plan.Rounds,
            Milliseconds = contestant.Milliseconds,
            OverOursFp32 = Over(isRelu ? OwnRelu.NameOf(name) : OwnTopK.NameOf(EncoderPrecision.Fp32)),
            OverOursAuto = isRelu ? null : Over(OwnTopK.NameOf(EncoderPrecision.Auto)),
            EncodeMilliseconds = contestant.EncodeMilliseconds.Median(),
            EncodeShare = rates.Over(this.ceilings.Fma).Median(),
            Ceilings = this.ceilings,
            Active = contestant.Trainer.ReadActive(),
            LossDifference = differences.TryGetValue(name, out double difference) ? difference : null,
            OtherLoad = contestant.OtherLoad.Median(),
        };
    }

    private IEnumerable<StageRow> Stages(Contestant contestant) => contestant.Stages.Select(stage => new StageRow(
        this.key,
        contestant.Trainer.Name,
        stage.Key,
        stage.Value.Median(),
        stage.Value.Over(contestant.Milliseconds).Median()));
}
