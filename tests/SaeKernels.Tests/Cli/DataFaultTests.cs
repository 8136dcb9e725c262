using System.Globalization;
using System.Text;

namespace SaeKernels.Tests.Cli;

/// <summary>Data that cannot be trained on: exit 3, the file, and what is wrong with it.</summary>
public sealed class DataFaultTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("missing.npy")]
    [InlineData("a folder of shards")]
    public void What_is_missing_is_named(string name) => AssertFault(name, $"sae: {name}: ", "must be here");

    [SkippableFact]
    public void A_link_that_leads_nowhere_is_named()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        _ = File.CreateSymbolicLink(this.folder.PathOf("link.npy"), "nowhere.npy");

        AssertFault("link.npy", "sae: link.npy: ", "must be here");
    }

    [Fact]
    public void A_folder_without_shards_is_named()
    {
        _ = Directory.CreateDirectory(this.folder.PathOf("empty"));

        AssertFault("empty", "empty", ".safetensors");
    }

    [Theory]
    [InlineData("acts.npy")]
    [InlineData("acts.safetensors")]
    public void A_truncated_file_is_named_and_allow_short_is_offered(string name)
    {
        CliData.Write(this.folder, name);
        _ = this.folder.CutTo(name, new FileInfo(this.folder.PathOf(name)).Length - 100);

        AssertFault(name, name, "--allow-short");
    }

    [Fact]
    public void A_header_that_lies_about_offsets_is_a_fault()
    {
        const string Header = """{"activations":{"dtype":"F32","shape":[4,2],"data_offsets":[0,999999999]}}""";
        _ = this.folder.WriteRaw("lies.safetensors", Header, 32);

        AssertFault("lies.safetensors", "lies.safetensors", "999999999");
    }

    [Fact]
    public void A_header_whose_size_overflows_is_a_fault()
    {
        _ = this.folder.WriteRaw(
            "huge.safetensors",
            """{"activations":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""",
            0);

        AssertFault("huge.safetensors", "huge.safetensors");
    }

    [Fact]
    public void Fortran_order_is_a_fault()
    {
        _ = this.folder.WriteBytes("fortran.npy", Npy("<f4", "True", "(4, 2)", 32));

        AssertFault("fortran.npy", "fortran.npy", "Fortran");
    }

    [Fact]
    public void Whole_numbers_are_no_activations()
    {
        _ = this.folder.WriteBytes("whole.npy", Npy("<i4", "False", "(4, 2)", 32));
        const string Header = """{"activations":{"dtype":"I32","shape":[4,2],"data_offsets":[0,32]}}""";
        _ = this.folder.WriteRaw("whole.safetensors", Header, 32);

        AssertFault("whole.npy", "whole.npy", "I32");
        AssertFault("whole.safetensors", "whole.safetensors", "I32");
    }

    [Fact]
    public void A_tensor_of_one_dimension_is_a_fault()
    {
        _ = this.folder.WriteBytes("flat.npy", Npy("<f4", "False", "(8,)", 32));
        const string Header = """{"activations":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""";
        _ = this.folder.WriteRaw("flat.safetensors", Header, 32);

        AssertFault("flat.npy", "flat.npy", "[8]");
        AssertFault("flat.safetensors", "flat.safetensors", "[8]");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_row_that_is_not_finite_is_named_with_its_file(float bad)
    {
        _ = Directory.CreateDirectory(this.folder.PathOf("shards"));
        CliData.Write(this.folder, Path.Combine("shards", "a.safetensors"), dIn: 3);
        CliData.WriteMatrix(
            this.folder, Path.Combine("shards", "b.safetensors"), "activations", 50, 3, (row, column) =>
                row == 17 && column == 2 ? bad : row + column);

        AssertFault("shards", "b.safetensors", "row 17", bad.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Shards_of_different_widths_are_a_fault()
    {
        _ = Directory.CreateDirectory(this.folder.PathOf("shards"));
        CliData.Write(this.folder, Path.Combine("shards", "a.safetensors"), dIn: 8);
        CliData.Write(this.folder, Path.Combine("shards", "b.npy"), dIn: 9);

        AssertFault("shards", "b.npy", "8", "9");
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_named_with_those_that_are()
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--tensor", "mlp_out"))
            .AssertFault(3, data, "mlp_out", "activations");
    }

    [Fact]
    public void A_file_of_another_kind_is_a_fault_of_the_command_line()
    {
        _ = this.folder.WriteBytes("notes.txt", Encoding.UTF8.GetBytes("hello"));

        SaeProcess.Run(this.folder, CliData.QuickRun("notes.txt", "run"))
            .AssertFault(2, "notes.txt", ".npy", ".safetensors");
    }

    [Fact]
    public void Allow_short_uses_what_is_there()
    {
        string data = CliData.Write(this.folder);
        _ = this.folder.CutTo(data, new FileInfo(this.folder.PathOf(data)).Length - 100);

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--allow-short")).AssertDone();
    }

    public void Dispose() => this.folder.Dispose();

    private void AssertFault(string data, params ReadOnlySpan<string> words)
    {
        SaeProcess.Run(this.folder, CliData.QuickRun(data, "run")).AssertFault(3, words);
        Assert.False(File.Exists(this.folder.PathOf("run/run.json")));
    }

    private static byte[] Npy(string type, string fortran, string shape, int dataBytes)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {fortran}, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header),
            .. new byte[dataBytes]];
    }
}
