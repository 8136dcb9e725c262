using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

public sealed class BenchCommandTests : IDisposable
{
    private static readonly string[] Operations =
    [
        "Center", "EncodeTopK", "DecodeResidual", "AuxResidual", "BuildLatentMajor", "UpdateLatents",
        "DecoderBiasGradient", "GradientNorm", "AdamUpdate", "UpdateFired",
    ];

    // Those that a TopK step has not: together they are the whole contract.
    private static readonly string[] Others =
    [
        "LoadBatch", "EncodeGroupMax", "EncodeBatchTopK", "EncodeThreshold", "SparseDecode", "PrefixResidual",
        "ReluResidual", "GateMagnitudes", "AdaptPenalty", "LatentGradients", "LinearSum", "LinearGradient",
        "NormalizeRows", "WeightedSum", "Orthogonalize", "AccumulateLatents", "AccumulateReconstruction",
        "AccumulatePairs", "AccumulateHistogram", "AccumulateBins",
    ];

    private readonly TestFolder folder = new();

    [Fact]
    public void The_table_of_the_processor_has_a_row_for_each_operation_in_the_order_of_the_step()
    {
        string output = Bench("cpu", "24,96,4,64").Output;

        int[] places = [.. Operations.Select(name => output.IndexOf($" {name} ", StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Contains("whole step", output, StringComparison.Ordinal);
        Assert.Contains("ceilings of this run", output, StringComparison.Ordinal);
    }

    // The simulator's threads are threads of the host: the smallest step there is.
    [Theory]
    [InlineData("cpu", "100,333,8,60")]
    [InlineData("ilgpu-cpu", "8,16,2,4")]
    public void A_csv_file_gets_a_row_for_each_operation_and_one_for_the_step(string device, string shape)
    {
        Bench(device, shape, "--csv", "bench.csv");

        List<StepProfileRow> rows = Read("bench.csv");
        Assert.Equal([.. Operations, .. Others, "step"], rows.Select(row => row.Operation));
        Assert.All(rows, row =>
        {
            Assert.Equal(device, row.Device);
            Assert.Equal(shape, row.Shape);
            Assert.Equal(30, row.Repeats);
            Assert.InRange(row.MedianMilliseconds, row.MinimumMilliseconds, row.Percentile90Milliseconds);
            Assert.True(row.MinimumMilliseconds > 0 && row.FloorMilliseconds > 0 && row.GigaBytesPerSecond > 0);
            Assert.InRange(row.ShareOfStep, 0, 1);
        });
        Assert.Equal(1, rows.SkipLast(1).Sum(row => row.ShareOfStep), precision: 9);
        // Three numbers of five digits each.
        Assert.All(rows, row => Assert.Equal(
            row.FloorMilliseconds / row.MedianMilliseconds, row.ShareOfCeiling, 1.6e-4 * row.ShareOfCeiling));
    }

    [Fact]
    public void A_second_measurement_is_added_below_the_first()
    {
        Bench("cpu", "24,96,4,64", "--csv", "bench.csv");
        Bench("cpu", "24,96,4,32", "--csv", "bench.csv");

        Assert.Equal(
            ["24,96,4,64", "24,96,4,32"], Read("bench.csv").Select(row => row.Shape).Distinct());
        Assert.Equal(2 * (Operations.Length + Others.Length + 1), Read("bench.csv").Count);
    }

    [Fact]
    public void A_trace_has_each_operation_on_the_device_and_on_the_host()
    {
        Bench("cpu", "24,96,4,64", "--trace", "step.json");

        JsonNode trace = JsonNode.Parse(File.ReadAllText(this.folder.PathOf("step.json")))!;
        IEnumerable<JsonNode> events = trace["traceEvents"]!.AsArray()
            .Select(entry => entry!)
            .Where(entry => entry["ph"]!.GetValue<string>() == "X");
        foreach (string row in (string[])["device", "host"])
        {
            JsonNode[] own = [.. events.Where(entry => entry["cat"]!.GetValue<string>() == row)];
            Assert.Equal(Operations, own.Select(entry => entry["name"]!.GetValue<string>()));
            double end = 0;
            foreach (JsonNode entry in own)
            {
                Assert.True(entry["ts"]!.GetValue<double>() >= end, "operations of one row must not overlap");
                Assert.InRange(entry["dur"]!.GetValue<double>(), double.Epsilon, 60e6);
                Assert.True(entry["args"]!["least_bytes"]!.GetValue<double>() > 0);
                end = entry["ts"]!.GetValue<double>() + (entry["dur"]!.GetValue<double>() / 2);
            }
        }
    }

    [Fact]
    public void Json_counts_the_work_as_the_page_of_kernels_does()
    {
        const int Width = 24, Latents = 96, K = 4, Batch = 64;
        JsonNode printed = JsonNode.Parse(Bench("cpu", "24,96,4,64", "--json").Output)!;

        Assert.Equal(2.0 * Batch * Latents * Width, Of("EncodeTopK")["flop"]!.GetValue<double>());
        Assert.Equal(
            (2.0 * Batch * K * Width) + (3 * Batch * Width), Of("DecodeResidual")["flop"]!.GetValue<double>());
        Assert.Equal(
            (4.0 * Batch * K * Width) + (8 * Batch * Width), Of("DecodeResidual")["moved_bytes"]!.GetValue<double>());
        Assert.Equal(
            (8.0 * Batch * K * Width) + (48 * Latents * Width), Of("UpdateLatents")["moved_bytes"]!.GetValue<double>());
        Assert.Contains(
            printed["ceilings"]!.AsArray(), ceiling => ceiling!["kind"]!.GetValue<string>() == "fma");

        JsonNode Of(string name) => printed["operations"]!.AsArray()
            .Single(operation => operation!["operation"]!.GetValue<string>() == name)!;
    }

    [Fact]
    public void Dead_latents_give_the_auxiliary_loss_its_work()
    {
        JsonNode without = Aux();
        JsonNode with = Aux("--dead", "0.25");

        // A quarter of 96 latents is dead, and half of the width, 12, may help a vector.
        Assert.Equal(
            2.0 * 64 * 12 * 24, with["flop"]!.GetValue<double>() - without["flop"]!.GetValue<double>());

        JsonNode Aux(params string[] options) =>
            JsonNode.Parse(Bench("cpu", "24,96,4,64", ["--json", .. options]).Output)!["operations"]!.AsArray()
                .Single(operation => operation!["operation"]!.GetValue<string>() == "AuxResidual")!;
    }

    [Theory]
    [InlineData("--shape", "large", "small")]
    [InlineData("--shape", "24,96,4", "--shape")]
    [InlineData("--shape", "24,96,0,64", "--shape")]
    [InlineData("--shape", "24,8,9,64", "K must be between 1 and")]
    [InlineData("--repeats", "29", "at least 30")]
    [InlineData("--dead", "1", "below 1")]
    [InlineData("--device", "reference", "reference")]
    public void A_wrong_option_is_a_usage_error(string option, string value, string words)
    {
        string[] device = option == "--device" ? [] : ["--device", "cpu"];
        SaeProcess.Run(this.folder, ["bench", .. device, option, value]).AssertFault(2, words);
    }

    [Fact]
    public void A_csv_file_with_other_columns_is_a_fault_of_the_file_and_stays_as_it_is()
    {
        File.WriteAllText(this.folder.PathOf("other.csv"), "a,b\n1,2\n");

        SaeProcess.Run(this.folder, "bench", "--device", "cpu", "--shape", "24,96,4,64", "--csv", "other.csv")
            .AssertFault(3, "other.csv", "a,b");

        Assert.Equal("a,b\n1,2\n", File.ReadAllText(this.folder.PathOf("other.csv")));
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Bench(string device, string shape, params string[] options) =>
        SaeProcess.Run(this.folder, ["bench", "--device", device, "--shape", shape, .. options]).AssertDone();

    private List<StepProfileRow> Read(string file)
    {
        using CsvReader reader = new(new StreamReader(this.folder.PathOf(file)), CultureInfo.InvariantCulture);
        return [.. reader.GetRecords<StepProfileRow>()];
    }
}
