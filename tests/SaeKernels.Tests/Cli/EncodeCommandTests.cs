using System.Text.Json.Nodes;
using SaeKernels.Files;

namespace SaeKernels.Tests.Cli;

public sealed class EncodeCommandTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string data;

    public EncodeCommandTests()
    {
        this.data = CliData.TrainQuickRun(this.folder);
    }

    [Fact]
    public void What_is_decoded_has_the_error_that_was_told()
    {
        JsonNode told = JsonNode.Parse(Encode("--json").AssertDone().Output)!;
        double bits = Number(told, "description_length_bits_per_token") * CliData.Vectors;
        Assert.InRange(8 * Number(told, "code_bytes"), bits - 64, (1.01 * bits) + 64);
        Assert.Equal(
            new FileInfo(this.folder.PathOf("a.codes")).Length,
            Number(told, "code_bytes") + Number(told, "header_bytes"));
        Assert.True(Number(told, "mse_increase") <= 0.05 * Number(told, "mse"));

        Decode("--sae", "run", "--out", "x.npy").AssertDone();
        float[] expected = Read(this.data, "activations");
        float[] found = Read("x.npy", "array");
        double error = expected.Zip(found).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2));
        double mse = Number(told, "mse") + Number(told, "mse_increase");
        Assert.Equal(mse, error / CliData.Vectors, 1e-9 * mse);

        // The codes themselves: as many as L0 says, and rounded.
        Decode("--out", "x.safetensors").AssertDone();
        using TensorFile tensors = TensorFile.Open(this.folder.PathOf("x.safetensors"));
        long[] offsets = new long[CliData.Vectors + 1];
        tensors.ReadInt64s(tensors.Tensors["code_offsets"], 0, offsets);
        float[] values = Read("x.safetensors", "code_values");
        Assert.Equal(offsets[^1], values.LongLength);
        Assert.Equal(Number(told, "l0") * CliData.Vectors, values.Length, 1e-6);
        Assert.InRange(values.Distinct().Count(), 2, 16 * (int)Number(told, "bins"));
    }

    [Fact]
    public void Info_knows_the_file_and_decode_checks_it()
    {
        Encode("--bins", "9").AssertDone();
        JsonNode info = JsonNode.Parse(SaeProcess.Run(this.folder, "info", "a.codes", "--json").AssertDone().Output)!;

        Assert.Equal("codes", (string)info["kind"]!);
        Assert.Equal((CliData.Vectors, 16, 9), ((int)info["vectors"]!, (int)info["latents"]!, (int)info["bins"]!));
        Decode("--sae", "run").AssertDone();
        SaeResult plain = Decode().AssertDone();
        Assert.Matches(@"(?m)^code_bytes +\d+$", plain.Output);
    }

    [Theory]
    [InlineData("transcoder", "--target", false)]
    [InlineData("crosscoder", "--site", true)]
    public void Models_of_several_sites_are_decoded_to_what_they_reconstruct(string arch, string option, bool isBoth)
    {
        _ = CliData.WriteMatrix(
            this.folder, "other.safetensors", "activations", CliData.Vectors, 5, (row, d) => MathF.Sin((row * 3) + d));
        SaeProcess.Run(this.folder, CliData.QuickRun(
            this.data, "sites", "--arch", arch, option, "other.safetensors")).AssertDone();
        JsonNode told = JsonNode.Parse(SaeProcess.Run(
            this.folder, "encode", "--sae", "sites", "--data", this.data, option, "other.safetensors", "--out",
            "a.codes", "--device", "cpu", "--json").AssertDone().Output)!;
        Decode("--sae", "sites", "--out", "x.npy").AssertDone();

        float[] other = Read("other.safetensors", "activations");
        float[] wanted = isBoth
            ? [.. Read(this.data, "activations").Chunk(CliData.DIn).Zip(
                other.Chunk(5), (first, second) => (float[])[.. first, .. second]).SelectMany(row => row)]
            : other;
        double error = wanted.Zip(Read("x.npy", "array"), (x, found) => Math.Pow((double)x - found, 2)).Sum();
        double mse = Number(told, "mse") + Number(told, "mse_increase");
        Assert.Equal(mse, error / CliData.Vectors, 1e-9 * mse);
    }

    [Fact]
    public void A_path_past_the_latents_is_not_decoded()
    {
        SaeProcess.Run(this.folder, CliData.QuickRun(
            this.data, "skip", "--arch", "skip-transcoder", "--target", this.data)).AssertDone();
        SaeProcess.Run(
            this.folder, "encode", "--sae", "skip", "--data", this.data, "--target", this.data, "--out", "a.codes",
            "--device", "cpu").AssertDone();

        Decode("--sae", "skip", "--out", "x.npy").AssertFault(2, "a.codes: codes alone must make a reconstruction");
        Decode("--out", "x.safetensors").AssertDone();
    }

    [Fact]
    public void No_file_is_written_onto_itself_or_a_folder()
    {
        Encode().AssertDone();
        File.Copy(this.folder.PathOf("a.codes"), this.folder.PathOf("b.safetensors"));
        SaeProcess.Run(this.folder, "decode", "b.safetensors", "--out", "b.safetensors")
            .AssertFault(2, "must not be a file that is read");
        Assert.Equal(
            File.ReadAllBytes(this.folder.PathOf("a.codes")), File.ReadAllBytes(this.folder.PathOf("b.safetensors")));

        _ = Directory.CreateDirectory(this.folder.PathOf("x.npy"));
        Decode("--sae", "run", "--out", "x.npy").AssertFault(2, "x.npy: must be a file to write, but is a folder");
    }

    [Fact]
    public void Faults_of_files_are_told()
    {
        Encode().AssertDone();
        SaeProcess.Run(this.folder, CliData.QuickRun(this.data, "other", "--seed", "5")).AssertDone();
        Decode("--sae", "other", "--out", "x.npy").AssertFault(3, "a.codes", "the model must be the one");

        byte[] bytes = File.ReadAllBytes(this.folder.PathOf("a.codes"));
        File.WriteAllBytes(this.folder.PathOf("a.codes"), bytes[..^1]);
        Decode("--out", "x.safetensors").AssertFault(3, "a.codes: must be a whole file of codes");
        SaeProcess.Run(this.folder, "info", "a.codes").AssertFault(3, "a.codes: must be a whole file of codes");
        SaeProcess.Run(this.folder, "decode", this.data).AssertFault(3, this.data, "it does not begin like one");
        SaeProcess.Run(this.folder, "decode", "no.codes").AssertFault(3, "no.codes", "does not exist");
        Assert.False(File.Exists(this.folder.PathOf("x.npy")));
        Assert.False(File.Exists(this.folder.PathOf("x.safetensors")));
    }

    [Theory]
    [InlineData("--out", "encode", "--sae", "run", "--data", "acts.safetensors")]
    [InlineData(".codes", "encode", "--sae", "run", "--data", "acts.safetensors", "--out", "a.bin")]
    [InlineData("--bins", "encode", "--sae", "run", "--data", "acts.safetensors", "--out", "a.codes", "--bins", "0")]
    [InlineData(
        "--tolerance", "encode", "--sae", "run", "--data", "acts.safetensors", "--out", "a.codes", "--tolerance", "-1")]
    [InlineData("--sae", "decode", "a.codes", "--out", "x.npy")]
    [InlineData("x.txt", "decode", "a.codes", "--out", "x.txt")]
    public void Faults_of_options_are_told(string words, params string[] arguments)
    {
        SaeProcess.Run(this.folder, arguments).AssertFault(2, words);
        Assert.False(File.Exists(this.folder.PathOf("a.codes")));
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Encode(params IEnumerable<string> more) => SaeProcess.Run(
        this.folder, ["encode", "--sae", "run", "--data", this.data, "--out", "a.codes", "--device", "cpu", .. more]);

    private SaeResult Decode(params IEnumerable<string> more) =>
        SaeProcess.Run(this.folder, ["decode", "a.codes", "--device", "cpu", .. more]);

    private float[] Read(string name, string tensor)
    {
        using TensorFile file = TensorFile.Open(this.folder.PathOf(name));
        float[] numbers = new float[file.Tensors[tensor].ElementCount];
        file.ReadSingles(file.Tensors[tensor], 0, numbers);
        return numbers;
    }

    private static double Number(JsonNode node, string name) => node[name]!.GetValue<double>();
}
