using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests;

public sealed class ActivationStoreFaultTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void No_path_is_refused()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => StoreFiles.Open());
        Assert.Equal(
            "ActivationStore: at least one path must be given, but there is none. Pass a file or a "
            + "folder.",
            fault.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string path = this.folder.PathOf("none.npy");

        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => StoreFiles.Open(path));
        Assert.Equal($"{path}: a file must be here, but there is none. Check the path.", fault.Message);
    }

    [Fact]
    public void A_folder_without_shards_is_named()
    {
        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => StoreFiles.Open(this.folder.Root));
        Assert.Equal(
            $"{this.folder.Root}: must hold .npy or .safetensors files, but holds none. "
            + "Check the path; folders inside it are not searched.",
            fault.Message);
    }

    [Fact]
    public void Another_extension_is_refused()
    {
        string path = this.folder.WriteBytes("a.pt", new byte[100]);

        ArgumentException fault = Assert.Throws<ArgumentException>(() => StoreFiles.Open(path));
        Assert.Equal(
            $"{path}: the extension must be .npy or .safetensors, but is '.pt'. "
            + "Convert the file, or rename it if only its name is wrong.",
            fault.Message);
    }

    [Fact]
    public void Shards_of_different_width_are_both_named()
    {
        string first = StoreFiles.Write(this.folder, "a.npy", 2, dIn: 3);
        string second = StoreFiles.Write(this.folder, "b.npy", 2, dIn: 4);

        Refused(
            [this.folder.Root],
            $"{second}: vectors must have DIn = 3 elements as in {first}, but have 4. Pass files of one width.");
    }

    [Theory]
    [InlineData("a.safetensors")]
    [InlineData("a.npy")]
    public void A_shard_that_was_cut_off_counts_its_vectors(string name)
    {
        string path = StoreFiles.Write(this.folder, name, 100);
        this.folder.CutTo(name, new FileInfo(path).Length - 61);

        Refused(
            [path],
            $"{path}: ends after 94 of 100 vectors. Write the shard again, or set AllowShort to use what is there.");
    }

    [Fact]
    public void A_shard_that_was_cut_off_before_the_last_is_refused_even_when_short_ones_are_allowed()
    {
        string path = StoreFiles.Write(this.folder, "a.npy", 100);
        this.folder.CutTo("a.npy", new FileInfo(path).Length - 1);
        StoreFiles.Write(this.folder, "b.npy", 100);

        Refused(
            [this.folder.Root],
            $"{path}: ends after 99 of 100 vectors. Write the shard again; AllowShort concerns the last one only.",
            new ActivationStoreOptions { AllowShort = true });
    }

    [Fact]
    public void A_shard_that_lost_other_tensors_is_refused()
    {
        const string Header =
            """{"activations":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"""
            + ""","doc_ids":{"dtype":"U8","shape":[2],"data_offsets":[16,18]}}""";
        string path = this.folder.WriteRaw("a.safetensors", Header, dataBytes: 17);

        Refused(
            [path],
            $"{path}: ends after 1 of 2 elements of 'doc_ids'. Write the shard again, or set AllowShort to use what "
            + "is there.");
    }

    [Fact]
    public void A_file_that_is_cut_off_after_it_was_opened_is_a_clear_error()
    {
        string path = StoreFiles.Write(this.folder, "a.npy", 100);
        using ActivationStore store = StoreFiles.Open(path);
        long length = new FileInfo(path).Length;
        this.folder.CutTo("a.npy", length - 600);

        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => store.Read(0, new float[100 * StoreFiles.DIn]));
        Assert.Equal(
            $"{path}: must reach to byte {length}, but ends after {length - 600}; it had {length} bytes when it was "
            + "opened. Write the file again, and not while it is read.",
            fault.Message);
        store.Read(0, new float[50 * StoreFiles.DIn]);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_number_that_is_not_finite_is_named_with_file_and_row(float bad, string shown)
    {
        float[,] values = new float[40, 5];
        values[33, 2] = bad;
        StoreFiles.Write(this.folder, "a.safetensors", 10, dIn: 5);
        string path = StoreFiles.WriteSingles(this.folder, "b.safetensors", values);
        using ActivationStore store = StoreFiles.Open(this.folder.Root);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => store.Read(5, new float[45 * 5]));
        Assert.Equal(
            $"{path}: every element must be finite, but row 33 holds {shown} at column 2. "
            + "Write the shard again without that row, or with a type of larger range.",
            fault.Message);
        store.Read(0, new float[43 * 5]);
    }

    [Theory]
    [InlineData("F32", "[8]", 32, "'t' must be a matrix [vectors, DIn] with DIn from 1 to 2147483647, but is [8]. "
        + "Reshape it.")]
    [InlineData("F32", "[2,2,2]", 32, "'t' must be a matrix [vectors, DIn] with DIn from 1 to 2147483647, but is [2, "
        + "2, 2]. Reshape it.")]
    [InlineData("F32", "[8,0]", 0, "'t' must be a matrix [vectors, DIn] with DIn from 1 to 2147483647, but is [8, "
        + "0]. Reshape it.")]
    [InlineData("I64", "[2,2]", 32, "'t' must be of type F32, F16, BF16 or F64, but is I64. Convert it, or set "
        + "TensorName to another tensor.")]
    public void A_tensor_of_the_wrong_shape_or_type_is_refused(string type, string shape, int bytes, string expected)
    {
        string header = $$$"""{"t":{"dtype":"{{{type}}}","shape":{{{shape}}},"data_offsets":[0,{{{bytes}}}]}}""";
        string path = this.folder.WriteRaw("a.safetensors", header, bytes);

        Refused([path], $"{path}: {expected}", new ActivationStoreOptions { TensorName = "t" });
    }

    [Theory]
    [InlineData(new long[] { 8 }, "[8]")]
    [InlineData(new long[] { 2, 2, 2 }, "[2, 2, 2]")]
    public void An_array_that_is_no_matrix_is_refused(long[] shape, string shown)
    {
        string path = this.folder.PathOf("a.npy");
        NpyFile.Write(path, TensorContent.Singles("x", shape, (_, to) => to.Clear()));

        Refused([path], $"{path}: 'array' must be a matrix [vectors, DIn] with DIn from 1 to 2147483647, but is "
            + $"{shown}. Reshape it.");
    }

    [Fact]
    public void Several_matrices_are_listed()
    {
        string path = WriteMatrices("x", "y");

        Refused(
            [path],
            $"{path}: must hold 'activations' or exactly one 2-D tensor, but holds 'x' [2, 2], 'y' [2, 2]. "
            + "Set TensorName to the one that is meant.");
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_answered_with_those_that_are()
    {
        string path = WriteMatrices("x", "y");

        Refused(
            [path],
            $"{path}: must hold the tensor 'z', but holds 'x' [2, 2], 'y' [2, 2]. Set TensorName to one of them.",
            new ActivationStoreOptions { TensorName = "z" });
    }

    [Fact]
    public void A_file_without_tensors_is_refused()
    {
        string path = WriteMatrices();

        Refused(
            [path],
            $"{path}: must hold 'activations' or exactly one 2-D tensor, but holds none. "
            + "Set TensorName to the one that is meant.");
    }

    [Fact]
    public void Files_without_vectors_are_refused()
    {
        string path = StoreFiles.Write(this.folder, "a.npy", 0);

        Refused([path], $"{path}: must hold at least 1 vector, but hold none. Pass files with data.");
    }

    [Fact]
    public void Document_ids_of_another_length_are_refused()
    {
        const string Header =
            """{"activations":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"""
            + ""","doc_ids":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}""";
        string path = this.folder.WriteRaw("a.safetensors", Header, dataBytes: 19);

        Refused(
            [path],
            $"{path}: 'doc_ids' must hold one integer for each of 2 vectors, but is U8 [3]. Write it that way, or "
            + "leave it out.");
    }

    [Fact]
    public void Reading_outside_the_store_or_parts_of_vectors_is_refused()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 4));

        Assert.Contains(
            "a read must lie inside vectors 0 to 4, but covers 3 to 5. Read less.",
            Assert.Throws<ArgumentOutOfRangeException>(() => store.Read(3, new float[6])).Message);
        Assert.Equal(
            "ActivationStore: a buffer must hold whole vectors of DIn = 3 elements, but has 5 elements. Pass a "
            + "multiple.",
            Assert.Throws<ArgumentException>(() => store.Read(0, new float[5])).Message);
    }

    public void Dispose() => this.folder.Dispose();

    private static void Refused(string[] paths, string expected, ActivationStoreOptions? options = null)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => ActivationStore.Open(paths, options));
        Assert.Equal(expected, fault.Message);
    }

    private string WriteMatrices(params string[] names)
    {
        string path = this.folder.PathOf("several.safetensors");
        SafetensorsWriter.Write(
            path,
            [.. names.Select(name => TensorContent.Singles(name, [2, 2], (_, to) => to.Clear()))]);
        return path;
    }
}
